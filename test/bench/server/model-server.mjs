// A server with the full-duplex model, without a database. Arguments: provider, and a folder of weights (`tiny`: random).
import { createLogger, InProcessIdentity, startServer } from '../../../reference-server/dist/index.js';

const { MoshiEngine } = await import('../../../reference-server/dist/engines/moshi.js');
const { openModel } = await import('../../../packages/model/dist/index.js');
const { generateIssuerKey } = await import('../../../packages/token/dist/index.js');

const [provider, directory] = process.argv.slice(2);
const model = await openModel({ provider, weights: directory === 'tiny' ? { random: 'tiny' } : { directory } });
const { places, mostCalls } = await model.stats();
const server = await startServer(
  { port: 0, maxCalls: 1000 },
  {
    identity: new InProcessIdentity(generateIssuerKey('bench')),
    engine: new MoshiEngine(model),
    logger: createLogger('silent'),
  },
);
process.send({ url: server.url, places, mostCalls });
process.on('disconnect', () => process.exit(0));
