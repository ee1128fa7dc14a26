/** Runs a model from random weights over the reference's inputs. */
import { CODEBOOKS, type ModelConfig, TEXT_TOP_K } from '../src/config.ts';
import { Codec, codecGraphs } from '../src/engine/codec.ts';
import { LanguageModel } from '../src/engine/language-model.ts';
import { Streams } from '../src/engine/streams.ts';
import { depthGraph } from '../src/graphs/depth.ts';
import { decodeGraph } from '../src/graphs/temporal.ts';
import { openRuntime } from '../src/runtime/runtime.ts';
import { Catalogue } from '../src/weights/catalogue.ts';
import { LmWeights, lmShapes } from '../src/weights/lm-weights.ts';
import { loadWeights } from '../src/weights/loader.ts';
import { MimiWeights, mimiShapes } from '../src/weights/mimi-weights.ts';
import { RandomWeights } from '../src/weights/random.ts';
import type { TensorSource } from '../src/weights/tensor-source.ts';
import { callerCodes, gumbelNoise } from './reference.ts';

export async function languageModel(config: ModelConfig, places: number, source?: TensorSource): Promise<LanguageModel> {
  const runtime = await openRuntime({ provider: 'cpu', threads: 2 });
  const catalogue = new Catalogue(source ?? new RandomWeights(lmShapes(config.lm), 'BF16'));
  const weights = new LmWeights(catalogue, config.lm, runtime.device.compute);
  const graphs = { decode: decodeGraph(weights, runtime.device.compute), depth: depthGraph(weights, runtime.device.compute) };
  return new LanguageModel(runtime, config.lm, graphs, loadWeights(runtime, catalogue.planned.values()), places);
}

export async function codec(config: ModelConfig, places: number): Promise<Codec> {
  const runtime = await openRuntime({ provider: 'cpu', threads: 2 });
  const catalogue = new Catalogue(new RandomWeights(mimiShapes(config.mimi), 'F32'));
  const graphs = codecGraphs(new MimiWeights(catalogue, config.mimi));
  return new Codec(runtime, config.mimi, graphs, loadWeights(runtime, catalogue.planned.values()), places);
}

/** Drives one place through all frames; returns text and codes of each step, and what was spoken (−2 where nothing was). */
export function converse(model: LanguageModel, config: ModelConfig, place: number, sampled: boolean): { tokens: number[]; out: number[] } {
  const streams = new Streams(config.lm);
  const noise = gumbelNoise();
  const { inputs, outputs, cache } = model;
  const tokens: number[] = [];
  const out: number[] = [];
  callerCodes(config.lm.audioCard).forEach((caller, t) => {
    cache.makeRoom(place);
    inputs.host.tokens.set(streams.column(caller).map(BigInt), place * 17);
    inputs.host.position[place] = t;
    inputs.host.last_index[place] = cache.rows(place);
    inputs.host.text_inverse_temperature[place] = sampled ? 1 / 0.7 : 1;
    inputs.host.audio_inverse_temperature[place] = sampled ? 1 / 0.8 : 1;
    const step = noise.subarray(t * 2025, (t + 1) * 2025);
    if (sampled) inputs.host.text_noise.set(step.subarray(0, TEXT_TOP_K), place * TEXT_TOP_K);
    if (sampled) inputs.host.audio_noise.set(step.subarray(TEXT_TOP_K), place * 2000);
    model.step(place + 1);
    cache.advance(place, 1);
    const text = Number(outputs.host.text_token[place]);
    const codes = Array.from(outputs.host.codes.subarray(place * CODEBOOKS, (place + 1) * CODEBOOKS), Number);
    const spoken = streams.advance(caller, text, codes);
    tokens.push(text, ...codes);
    out.push(...(spoken ? [spoken.text, ...spoken.codes] : new Array(9).fill(-2)));
  });
  return { tokens, out };
}
