/** Runs a model from random weights over the reference's inputs. */
import { CODEBOOKS, FRAME_SAMPLES, type ModelConfig, STREAMS, TEXT_TOP_K } from '../src/config.ts';
import { Codec, codecGraphs, codeFields } from '../src/engine/codec.ts';
import { type CodeExchange, LanguageModel, lmGraphs } from '../src/engine/language-model.ts';
import { Prefill, prefillGraphs } from '../src/engine/prefill.ts';
import { Streams } from '../src/engine/streams.ts';
import { depthGraph } from '../src/graphs/depth.ts';
import { decodeGraph } from '../src/graphs/temporal.ts';
import { FLOAT } from '../src/onnx/types.ts';
import type { Memory } from '../src/runtime/device.ts';
import { openRuntime, type Runtime } from '../src/runtime/runtime.ts';
import { Catalogue } from '../src/weights/catalogue.ts';
import { LmWeights, lmShapes } from '../src/weights/lm-weights.ts';
import { loadWeights } from '../src/weights/loader.ts';
import { MimiWeights, mimiShapes } from '../src/weights/mimi-weights.ts';
import { RandomWeights } from '../src/weights/random.ts';
import type { TensorSource } from '../src/weights/tensor-source.ts';
import { callerCodes, gumbelNoise, KEPT, referenceSound } from './reference.ts';

const codebooks = Array.from({ length: CODEBOOKS }, (_, k) => k);

export interface BuiltModel {
  readonly model: LanguageModel;
  readonly codes: CodeExchange;
  readonly prefill: Prefill;
}

const codeExchange = (runtime: Runtime, places: number): CodeExchange => ({
  heard: codeFields(runtime, places),
  spoken: codeFields(runtime, places),
});

export async function languageModel(config: ModelConfig, places: number, source?: TensorSource): Promise<BuiltModel> {
  const runtime = await openRuntime({ provider: 'cpu', threads: 2 });
  const catalogue = new Catalogue(source ?? new RandomWeights(lmShapes(config.lm), 'BF16'));
  const weights = new LmWeights(catalogue, config.lm, runtime.device.compute);
  const graphs = lmGraphs(weights, runtime);
  const prompts = prefillGraphs(weights, runtime);
  const tensors = loadWeights(runtime, catalogue.planned.values());
  const codes = codeExchange(runtime, places);
  const model = new LanguageModel(runtime, config.lm, graphs, tensors, places, codes);
  return { model, codes, prefill: new Prefill(runtime, config.lm, prompts, tensors, model.cache) };
}

export async function codec(config: ModelConfig, places: number): Promise<Codec> {
  const runtime = await openRuntime({ provider: 'cpu', threads: 2 });
  const catalogue = new Catalogue(new RandomWeights(mimiShapes(config.mimi), 'F32'));
  const graphs = codecGraphs(new MimiWeights(catalogue, config.mimi));
  return new Codec(runtime, config.mimi, graphs, loadWeights(runtime, catalogue.planned.values()), places);
}

/**
 * Drives one place through all frames, the caller's codes and the spoken ones handed over as the codec would; returns text and codes
 * of each step, and what was spoken (−2 where nothing was).
 */
export function converse(
  { model, codes: { heard, spoken } }: Omit<BuiltModel, 'prefill'>,
  config: ModelConfig,
  place: number,
  sampled: boolean,
  after = () => {},
) {
  const streams = new Streams(config.lm);
  const noise = gumbelNoise();
  const { inputs, outputs, cache } = model;
  const tokens: number[] = [];
  const out: number[] = [];
  callerCodes(config.lm.audioCard).forEach((caller, t) => {
    writeColumn(model, place, streams.column(0), t);
    inputs.host.is_heard[place * STREAMS + 1 + CODEBOOKS] = streams.begun ? 1 : 0;
    inputs.host.first_code[place] = BigInt(streams.firstCode);
    heard.host.codes.set(caller.map(BigInt), place * CODEBOOKS);
    heard.upload();
    inputs.host.text_inverse_temperature[place] = sampled ? 1 / 0.7 : 1;
    inputs.host.audio_inverse_temperature[place] = sampled ? 1 / 0.8 : 1;
    const step = noise.subarray(t * 2025, (t + 1) * 2025);
    if (sampled) inputs.host.text_noise.set(step.subarray(0, TEXT_TOP_K), place * TEXT_TOP_K);
    if (sampled) inputs.host.audio_noise.set(step.subarray(TEXT_TOP_K), place * 2000);
    model.step(place + 1);
    after();
    cache.advance(place, 1);
    const text = Number(outputs.host.text_token[place]);
    const codes = Array.from(outputs.host.codes.subarray(place * CODEBOOKS, (place + 1) * CODEBOOKS), Number);
    const spokenText = streams.advance(caller, text, codes);
    spoken.download();
    const own = Array.from(spoken.host.codes.subarray(place * CODEBOOKS, (place + 1) * CODEBOOKS), Number);
    tokens.push(text, ...codes);
    out.push(...(spokenText === null ? new Array(9).fill(-2) : [spokenText, ...own]));
  });
  return { tokens, out };
}

/** The same conversation with hidden values and logits put out, greedy. */
export async function traced(config: ModelConfig): Promise<{ hidden: number[]; logits: number[]; audioLogits: number[] }> {
  const runtime = await openRuntime({ provider: 'cpu', threads: 2 });
  const catalogue = new Catalogue(new RandomWeights(lmShapes(config.lm), 'BF16'));
  const weights = new LmWeights(catalogue, config.lm, runtime.device.compute);
  const graphs = { decode: decodeGraph(weights, FLOAT, { logits: true }), depth: depthGraph(weights, FLOAT, { logits: true }) };
  const widths = {
    text_logits: config.lm.textCard,
    ...Object.fromEntries(codebooks.map((k) => [`logits_${k}`, config.lm.audioCard])),
  };
  const memories = Object.entries(widths).map(([name, width]) => ({ name, width, memory: runtime.device.allocate(width * 4) }));
  const taps = Object.fromEntries(
    memories.map(({ name, width, memory }) => [name, runtime.tensor(memory, 0, FLOAT, [1, width])]),
  );
  const codes = codeExchange(runtime, 1);
  const model = new LanguageModel(runtime, config.lm, graphs, loadWeights(runtime, catalogue.planned.values()), 1, codes, taps);
  const read = (memory: Memory): Float32Array => {
    const kept = new Float32Array(KEPT);
    runtime.device.download(memory, 0, kept);
    return kept;
  };
  const hidden: number[] = [];
  const logits: number[] = [];
  const audioLogits: number[] = [];
  converse({ model, codes }, config, 0, false, () => {
    hidden.push(...read(model.hidden));
    logits.push(...read(memories[0].memory));
    for (const { memory } of memories.slice(1)) audioLogits.push(...read(memory));
  });
  return { hidden, logits, audioLogits };
}

/** Encodes the reference's sound and decodes the codes again. */
export function codecRoundTrip(mimi: Codec, frames: number): { codes: number[]; sound: number[] } {
  const input = referenceSound(frames);
  const codes: number[] = [];
  const sound: number[] = [];
  for (let t = 0; t < frames; t++) {
    codes.push(...mimi.encoder.encode(input.subarray(t * FRAME_SAMPLES, (t + 1) * FRAME_SAMPLES)));
    mimi.decoder.codes.host.codes.set(mimi.encoder.codes.host.codes);
    mimi.decoder.codes.upload();
    mimi.decoder.queue(1, () => true);
    mimi.decoder.sound.download();
    sound.push(...mimi.decoder.sound.host.audio);
  }
  return { codes, sound };
}

/** Sets one place's column for the next step. */
export function writeColumn(model: LanguageModel, place: number, tokens: readonly number[], position: number): void {
  const { host } = model.inputs;
  model.cache.makeRoom(place);
  host.tokens.set(tokens.map(BigInt), place * tokens.length);
  host.position[place] = position;
  host.last_index[place] = model.cache.rows(place);
  host.text_inverse_temperature[place] = 1;
  host.audio_inverse_temperature[place] = 1;
}
