// One server of a fleet, as a process of its own. Arguments: the database's address, files of the issuer's and the log's private
// keys, the data folder.
import { openFileKeystore, serve } from '../../dist/index.js';

const [database, issuer, log, data] = process.argv.slice(2);
const options = {
  database,
  data,
  port: 0,
  channelPort: 0,
  logOrigin: 'fleet.example/undertone',
  logLevel: 'warn',
  callers: 'ignore',
};
const server = await serve(options, await openFileKeystore([issuer], log));
const { channel } = await (await fetch(`${server.url}/api/agent`)).json();
process.send({ url: server.url, channel });
process.on('disconnect', () => server.close().then(() => process.exit(0)));
