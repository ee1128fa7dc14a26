// How far a device's arithmetic is from upstream's float32 (the fixtures of packages/model/test/reference), on the small models.
import { fileURLToPath } from 'node:url';
import { Engine } from '../../packages/model/dist/engine/engine.js';
import { buildParts } from '../../packages/model/dist/engine/open-engine.js';
import { bf16ToFloat } from '../../packages/model/dist/weights/bfloat16.js';
import { uniform } from '../../packages/model/dist/weights/random.js';
import { SafetensorsFile } from '../../packages/model/dist/weights/safetensors.js';

const KEPT = 16;
const file = (name) =>
  new SafetensorsFile(fileURLToPath(new URL(`../../packages/model/test/reference/${name}.safetensors`, import.meta.url)));
const read = (source, name, Type) => {
  const bytes = new Uint8Array(source.tensors.get(name).shape.reduce((a, b) => a * b, 1) * 4);
  source.read(name, 0, bytes);
  return new Type(bytes.buffer);
};

/** Hidden values of forced columns: relative error, the first `prompt` columns taken in at once. */
function hidden({ model, prefill, runtime }, reference, prompt) {
  const expected = read(reference, 'forced.hidden', Float32Array);
  const columns = Array.from(uniform('columns', 200 * 17), (u) => BigInt(Math.floor(((u + 1) / 2) * 1000)));
  let error = 0;
  let power = 0;
  const tokens = Array.from({ length: prompt }, (_, t) => Array.from(columns.slice(t * 17, (t + 1) * 17), Number));
  for (const _ of prefill.run(0, { tokens, embeddings: new Float32Array(0) }, prompt, 0));
  for (let t = prompt; t < 200; t++) {
    model.cache.makeRoom(0);
    model.inputs.host.tokens.set(columns.slice(t * 17, (t + 1) * 17));
    model.inputs.host.position[0] = t;
    model.inputs.host.last_index[0] = model.cache.rows(0);
    model.step(1);
    model.cache.advance(0, 1);
    const raw = runtime.device.provider === 'cuda' ? new Uint16Array(KEPT) : new Float32Array(KEPT);
    runtime.device.download(model.hidden, 0, raw);
    (raw instanceof Uint16Array ? bf16ToFloat(raw) : raw).forEach((value, i) => {
      error += (value - expected[t * KEPT + i]) ** 2;
      power += expected[t * KEPT + i] ** 2;
    });
  }
  model.cache.clear(0);
  return Math.sqrt(error / power);
}

function mimi({ codec }, reference, frames, keep) {
  const codes = read(reference, 'codes', Int32Array);
  const audio = read(reference, 'audio', Float32Array);
  const sound = Float32Array.from(
    uniform('pcm', frames * 1920),
    (u, t) => 0.3 * Math.sin(t / 17) + 0.3 * Math.sin(t / 171) + 0.2 * u,
  );
  let same = 0;
  let largest = 0;
  codec.reset(0);
  for (let t = 0; t < frames; t++) {
    codec.encoder.sound.host.audio.set(sound.subarray(t * 1920, (t + 1) * 1920));
    codec.encoder.sound.upload();
    codec.encoder.queue(1, () => true);
    codec.encoder.codes.download();
    const expected = codes.subarray(t * 8, (t + 1) * 8);
    for (let k = 0; k < 8; k++) same += Number(codec.encoder.codes.host.codes[k]) === expected[k] ? 1 : 0;
    codec.decoder.codes.host.codes.set(Array.from(expected, BigInt));
    codec.decoder.codes.upload();
    codec.decoder.queue(1, () => true);
    codec.decoder.sound.download();
    for (let i = 0; i < 1920 / keep; i++)
      largest = Math.max(largest, Math.abs(codec.decoder.sound.host.audio[i * keep] - audio[(t * 1920) / keep + i]));
  }
  return { codesEqual: same / codes.length, largestSoundError: largest };
}

/** A call's sound alone, and while another speaks that it sits out: the largest difference, past the edge of the window. */
async function besideAnother(parts) {
  const engine = new Engine({ ...parts, budgetMs: Number.POSITIVE_INFINITY });
  const greedy = { persona: { voice: '', role: '' }, sampling: { textTemperature: 0, audioTemperature: 0 } };
  const sound = (t) => Float32Array.from(uniform('beside', 1920, 1, t * 1920), (u) => 0.3 * u);
  const say = async (withOther) => {
    // The second place, so that both times the run has two rows.
    const other = await engine.open(greedy);
    const call = await engine.open(greedy);
    const said = [];
    for (let t = 0; t < 70; t++) {
      if (withOther) await engine.frame(other, sound(1000 + t));
      said.push(...(await engine.frame(call, sound(t))).samples);
    }
    engine.close(call);
    engine.close(other);
    return said;
  };
  const [alone, beside] = [await say(false), await say(true)];
  return { largestDifference: alone.reduce((most, v, i) => Math.max(most, Math.abs(v - beside[i])), 0) };
}

export async function parity(provider) {
  const result = {};
  for (const [name, codecName, frames, keep] of [
    ['tiny', 'mimi-tiny', 60, 8],
    ['middle', 'mimi', 140, 16],
  ]) {
    const { parts } = await buildParts({ provider, weights: { random: name }, places: 2 });
    const reference = file(name);
    result[name] = {
      hiddenRelativeError: hidden(parts, reference, 0),
      afterPromptRelativeError: hidden(parts, reference, 45),
      torchBf16RelativeError: read(reference, 'bf16_error', Float32Array)[0],
      ...mimi(parts, file(codecName), frames, keep),
      besideAnother: await besideAnother(parts),
    };
  }
  return result;
}
