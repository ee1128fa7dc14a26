/** From weights to an engine that answers: files or seed, graphs, one device memory for the weights, places for calls. */
import { readFileSync } from 'node:fs';
import { CODEBOOKS, MIDDLE, MOSHI_7B, type ModelConfig, TINY } from '../config.ts';
import { ModelError } from '../errors.ts';
import { openRuntime, type Runtime, type RuntimeOptions } from '../runtime/runtime.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { voiceFiles } from '../voice/voice-files.ts';
import { Catalogue } from '../weights/catalogue.ts';
import { findModelFiles, type ModelFiles } from '../weights/directory.ts';
import { LmWeights, lmShapes } from '../weights/lm-weights.ts';
import { loadWeights } from '../weights/loader.ts';
import { MimiWeights, mimiShapes } from '../weights/mimi-weights.ts';
import { RandomWeights } from '../weights/random.ts';
import { SafetensorsFile } from '../weights/safetensors.ts';
import type { TensorSource } from '../weights/tensor-source.ts';
import { Codec, type CodecGraphs, codecGraphs } from './codec.ts';
import { Engine, type EngineParts } from './engine.ts';
import { KvCache } from './kv-cache.ts';
import { LanguageModel, lmGraphs } from './language-model.ts';
import { Personas } from './personas.ts';
import { Prefill, prefillGraphs } from './prefill.ts';
import { readVoices } from './voices.ts';

const SIZES: Readonly<Record<'tiny' | 'middle' | '7b', ModelConfig>> = { tiny: TINY, middle: MIDDLE, '7b': MOSHI_7B };
export type ModelSize = keyof typeof SIZES;

export interface EngineOptions extends RuntimeOptions {
  /** A folder with the official files, or random weights of a size. `size` of a folder's model: 7b unless it is a test. */
  readonly weights:
    | { readonly directory: string; readonly size?: ModelSize }
    | { readonly random: ModelSize; readonly seed?: number; readonly tokenizer?: string; readonly voices?: string };
  /** Calls at once; on a GPU as many as its memory takes unless given, on the CPU two. */
  readonly places?: number;
  /** Steps of 80 ms that the model reaches back: 3000 as it was trained. Fewer take less memory, so that more calls fit. */
  readonly context?: number;
  /** Milliseconds that the slowest frame may take from its arrival to its answer before new calls are refused; default 76 of its 80. */
  readonly budgetMs?: number;
}

export interface EngineInfo {
  readonly provider: 'cpu' | 'cuda';
  readonly onnxruntime: string;
  readonly places: number;
  readonly voices: readonly string[];
  /** There is a tokenizer, so that a role can be given. */
  readonly takesRoles: boolean;
  readonly weights: string;
  readonly loadMs: number;
  readonly freeBytes: number;
}

const BUDGET_MS = 76;
const CPU_PLACES = 2;
const MOST_PLACES = 256;
/** Steps of a persona's shortest prompts and a few seconds beside. */
const LEAST_CONTEXT = 40;
/** Left for ONNX Runtime's working memory, the prompts' caches and whoever else uses the device. */
const RESERVE_BYTES = 3 * 2 ** 30;
const SNAPSHOT_BYTES = 2 ** 30;

/** @throws ModelError when anything is missing or wrong: before it says that it is ready */
export async function openEngine(options: EngineOptions): Promise<{ engine: Engine; info: EngineInfo }> {
  const start = performance.now();
  const { parts, label } = await buildParts(options);
  const engine = new Engine(parts);
  const info = {
    provider: parts.runtime.device.provider,
    onnxruntime: parts.runtime.version,
    places: parts.places,
    voices: parts.personas.names,
    takesRoles: parts.tokenizer !== null,
    weights: label,
    loadMs: performance.now() - start,
    freeBytes: parts.runtime.device.freeBytes(),
  };
  return { engine, info };
}

/** What an engine is made of, loaded. */
export async function buildParts(options: EngineOptions): Promise<{ parts: EngineParts; label: string }> {
  const { weights, places: asked } = options;
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 1 && asked <= MOST_PLACES))
    throw new ModelError('argument-invalid', `places must be a whole number from 1 to ${MOST_PLACES}, not ${asked}`);
  const size = SIZES['directory' in weights ? (weights.size ?? '7b') : weights.random];
  const config = { ...size, lm: { ...size.lm, context: contextFor(options, size) } };
  const files = 'directory' in weights ? findModelFiles(weights.directory) : null;
  const runtime = await openRuntime(options);
  const lmCatalogue = new Catalogue(lmSource(options, config, files));
  const mimiCatalogue = new Catalogue(mimiSource(options, config, files));
  const lmWeights = new LmWeights(lmCatalogue, config.lm, runtime.device.compute);
  const lm = lmGraphs(lmWeights, runtime);
  const prompts = prefillGraphs(lmWeights, runtime);
  const codec = codecGraphs(new MimiWeights(mimiCatalogue, config.mimi));
  const tokenizerPath = files ? files.tokenizer : 'random' in weights ? weights.tokenizer : undefined;
  const tokenizer = tokenizerPath ? new Tokenizer(readFileSync(tokenizerPath)) : null;
  const voices = files ? files.voices : 'random' in weights ? (weights.voices ?? null) : null;

  const tensors = loadWeights(runtime, [...lmCatalogue.planned.values(), ...mimiCatalogue.planned.values()]);
  const places = placesFor(runtime, options, config, codec);
  const mimi = new Codec(runtime, config.mimi, codec, tensors, places);
  const exchange = { heard: mimi.encoder.codes, spoken: mimi.decoder.codes };
  const model = new LanguageModel(runtime, config.lm, lm, tensors, places, exchange);
  const parts: EngineParts = {
    runtime,
    config: config.lm,
    model,
    codec: mimi,
    prefill: new Prefill(runtime, config.lm, prompts, tensors, model.cache),
    personas: new Personas(config.lm, tokenizer, readVoices(voiceFiles(voices), config.lm, mimi.encoder)),
    tokenizer,
    places,
    sizes: sizesFor(runtime, places),
    budgetMs: options.budgetMs ?? BUDGET_MS,
    snapshotBytes: SNAPSHOT_BYTES,
  };
  return { parts, label: lmCatalogue.source.label };
}

function lmSource({ weights }: EngineOptions, config: ModelConfig, files: ModelFiles | null): TensorSource {
  if (files) return new SafetensorsFile(files.lm);
  return new RandomWeights(lmShapes(config.lm, CODEBOOKS), 'BF16', 'random' in weights ? weights.seed : undefined);
}

function mimiSource({ weights }: EngineOptions, config: ModelConfig, files: ModelFiles | null): TensorSource {
  if (files) return new SafetensorsFile(files.mimi);
  return new RandomWeights(mimiShapes(config.mimi), 'F32', 'random' in weights ? weights.seed : undefined);
}

function contextFor({ context }: EngineOptions, { lm }: ModelConfig): number {
  if (context === undefined) return lm.context;
  if (!(Number.isInteger(context) && context >= LEAST_CONTEXT && context <= lm.context))
    throw new ModelError('argument-invalid', `the context must be from ${LEAST_CONTEXT} to ${lm.context} steps, not ${context}`);
  return context;
}

/** As many places as asked for, or as fit. */
function placesFor(runtime: Runtime, options: EngineOptions, config: ModelConfig, codec: CodecGraphs): number {
  const { places } = options;
  const each = KvCache.bytesPerPlace(config.lm, runtime.device.compute) + Codec.bytesPerPlace(codec);
  const free = runtime.device.freeBytes();
  if (places !== undefined) {
    if (places * each > free)
      throw new ModelError('out-of-memory', `${places} places take ${places * each} bytes, ${free} are free`);
    return places;
  }
  if (runtime.device.provider === 'cpu') return CPU_PLACES;
  const fit = Math.min(MOST_PLACES, Math.floor((free - RESERVE_BYTES) / each));
  if (fit < 1)
    throw new ModelError(
      'out-of-memory',
      `a call takes ${each} bytes beside ${RESERVE_BYTES} of working memory, ${free} are free`,
    );
  return fit;
}

/** Sizes of runs: each is recorded once on a GPU, so there powers of two; on the CPU all. */
function sizesFor(runtime: Runtime, places: number): number[] {
  const all = Array.from({ length: places }, (_, i) => i + 1);
  return runtime.device.provider === 'cpu' ? all : all.filter((n) => n === places || (n & (n - 1)) === 0);
}
