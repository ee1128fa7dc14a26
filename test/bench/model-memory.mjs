// What is said when a GPU's memory runs out: before anything is ready where that can be known, and in the middle of a prompt.
import { buildParts } from '../../packages/model/dist/engine/open-engine.js';

/** Left free where memory is taken away, bytes. */
const LEFT = 4 * 2 ** 20;

async function refusal(work) {
  const start = performance.now();
  try {
    await work();
    return 'not refused';
  } catch (error) {
    return { code: error.code ?? error.name, message: error.message, afterMs: performance.now() - start };
  }
}

function prompt({ prefill, model, config }, length) {
  const steps = Math.min(length, config.context - 1);
  const tokens = Array.from({ length: steps }, () => new Array(17).fill(0));
  model.cache.clear(0);
  for (const _ of prefill.run(0, { tokens, embeddings: new Float32Array(0) }, steps, 0));
}

/** On a GPU only: the host gives more memory than it has. */
export async function memory(options) {
  const result = { tooManyPlaces: await refusal(() => buildParts({ ...options, places: 256 })) };
  const { parts } = await buildParts({ ...options, places: 2 });
  const { device } = parts.runtime;
  prompt(parts, 8);
  const taken = device.allocate(device.freeBytes() - LEFT);
  result.weightsBesideAnother = await refusal(() => buildParts(options));
  result.longPrompt = await refusal(() => prompt(parts, 256));
  device.free(taken);
  result.longPromptAfterwards = await refusal(() => prompt(parts, 256));
  return result;
}
