// A server whose engine says what it heard: after so many milliseconds (everything of a call but the model itself), or when the full-duplex
// model has computed its answer to it, which is thrown away. Arguments: options as JSON, and
// milliseconds, or a provider and a folder of weights (`tiny`: random).
import { createLogger, InProcessIdentity, startServer } from '../../../reference-server/dist/index.js';

const { MoshiConversation } = await import('../../../reference-server/dist/engines/moshi-conversation.js');
const { generateIssuerKey } = await import('../../../packages/token/dist/index.js');

const [options, first, directory] = process.argv.slice(2);
const after = async (ms) => ({
  answer: () => new Promise((resolve) => setTimeout(resolve, ms)),
  close: async () => {},
});
async function answering(provider) {
  const { openModel } = await import('../../../packages/model/dist/index.js');
  const weights = directory === 'tiny' ? { random: 'tiny' } : { directory };
  const model = await openModel({ provider, weights, places: 4, budgetMs: Number.POSITIVE_INFINITY });
  return async () => {
    const call = await model.open({ persona: { voice: '', role: '' }, sampling: {} });
    return { answer: (samples) => call.frame(samples), close: () => call.close() };
  };
}
const open = directory === undefined ? () => after(Number(first)) : await answering(first);
const call = async () => {
  const { answer, close } = await open();
  const frame = async (samples) => {
    const heard = samples.slice();
    await answer(samples);
    return { samples: heard, text: '' };
  };
  return { frame, setPersona: async () => {}, close };
};
const engine = {
  name: 'echo',
  voices: [],
  drifts: false,
  reinjects: false,
  open: async ({ persona, onEvent }) =>
    new MoshiConversation(await call(), persona, { complete: (p) => p, onEvent, maxFrames: Number.POSITIVE_INFINITY }),
  close: async () => {},
};
const identity = new InProcessIdentity(generateIssuerKey('bench'));
const server = await startServer({ port: 0, ...JSON.parse(options) }, { identity, engine, logger: createLogger('silent') });
process.send({ url: server.url });
process.on('disconnect', () => process.exit(0));
