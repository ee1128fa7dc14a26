// A server whose model says at once, or after so many milliseconds, what it heard: everything of a call but the model itself. Argument: these
// milliseconds.
import { createLogger, InProcessIdentity, startServer } from '../../../reference-server/dist/index.js';

const { MoshiConversation } = await import('../../../reference-server/dist/engines/moshi-conversation.js');
const { generateIssuerKey } = await import('../../../packages/token/dist/index.js');

const modelMs = Number(process.argv[2]);
const call = () => ({
  frame: (samples) => new Promise((resolve) => setTimeout(() => resolve({ samples, text: '' }), modelMs)),
  setPersona: async () => {},
  close: async () => {},
});
const engine = {
  name: 'echo',
  voices: [],
  open: async ({ persona, onEvent }) =>
    new MoshiConversation(call(), persona, { complete: (p) => p, onEvent, maxFrames: Number.POSITIVE_INFINITY }),
  close: async () => {},
};
const identity = new InProcessIdentity(generateIssuerKey('bench'));
const server = await startServer({ port: 0 }, { identity, engine, logger: createLogger('silent') });
process.send({ url: server.url });
process.on('disconnect', () => process.exit(0));
