// A server with the full-duplex model, without a database. Arguments: provider, and a folder of weights (`tiny`: random); or `ms`, and how
// long a stand-in takes for a frame of all calls; options as JSON; frames in a model's window. When it is asked to, it measures its event loop's lag; when asked again, it tells it, and how the model kept up.
import { createLogger, InProcessIdentity, startServer } from '../../../reference-server/dist/index.js';
import { watchLag } from '../event-loop-lag.mjs';
import { summary } from '../summary.mjs';
import { standIn } from './stand-in.mjs';

const { MoshiEngine } = await import('../../../reference-server/dist/engines/moshi.js');
const { openModel } = await import('../../../packages/model/dist/index.js');
const { generateIssuerKey } = await import('../../../packages/token/dist/index.js');

const [provider, directory, options, context] = process.argv.slice(2);
const weights = directory === 'tiny' ? { random: 'tiny' } : { directory };
const model =
  provider === 'ms'
    ? standIn(Number(directory))
    : await openModel({ provider, weights, ...(context && { context: Number(context) }) });
const server = await startServer(
  { port: 0, maxCalls: 1000, ...JSON.parse(options) },
  {
    identity: new InProcessIdentity(generateIssuerKey('bench')),
    engine: new MoshiEngine(model),
    logger: createLogger('silent'),
  },
);
let stop = null;
process.on('message', async () => {
  if (stop === null) {
    stop = watchLag();
    process.send({});
  } else {
    const eventLoopLagMs = summary(stop());
    stop = null;
    process.send({ eventLoopLagMs, model: await model.stats() });
  }
});
process.send({ url: server.url, model: await model.stats() });
process.on('disconnect', () => process.exit(0));
