/**
 * The sizes of the models. Moshi 7B and PersonaPlex 7B share one architecture; PersonaPlex stores sixteen depth steps, of which
 * the last eight predict the caller's own codes, which are known and never used: both run eight.
 */

/** The language model: temporal transformer, text head, depth transformer. */
export interface LmConfig {
  readonly dim: number;
  readonly heads: number;
  readonly layers: number;
  /** Width of the gated feed-forward layer, after gating. */
  readonly ffn: number;
  /** Steps that attention reaches back, its own included. */
  readonly context: number;
  readonly textCard: number;
  readonly audioCard: number;
  readonly depthDim: number;
  readonly depthHeads: number;
  readonly depthLayers: number;
  readonly depthFfn: number;
}

/** Mimi, the neural audio codec: 1920 samples at 24 kHz to eight codes and back. */
export interface MimiConfig {
  /** Channels of the convolutional stack's outer end; doubled at every stride. */
  readonly filters: number;
  readonly dim: number;
  readonly heads: number;
  readonly layers: number;
  readonly ffn: number;
  /** Latent steps (two per frame) that its transformers reach back. */
  readonly context: number;
  readonly codebookDim: number;
  readonly codebookSize: number;
}

export interface ModelConfig {
  readonly lm: LmConfig;
  readonly mimi: MimiConfig;
}

/** Codebooks of one voice in one frame. */
export const CODEBOOKS = 8;
/** Token streams of a model step: text, own voice, caller's voice. */
export const STREAMS: number = 1 + 2 * CODEBOOKS;
export const SAMPLE_RATE = 24000;
export const FRAME_SAMPLES = 1920;
export const FRAME_MS = 80;
/** Text tokens with a meaning of their own. */
export const TEXT_PADDING = 3;
export const TEXT_END_PADDING = 0;
/** Candidates that sampling keeps at most: text, audio. */
export const TEXT_TOP_K = 25;
export const AUDIO_TOP_K = 250;
/** Text tokens whose logits a call may adjust: 200 words said before, and padding. */
export const ADJUSTED_TOKENS = 201;
export const ROPE_PERIOD = 10000;

const MIMI: MimiConfig = {
  filters: 64,
  dim: 512,
  heads: 8,
  layers: 8,
  ffn: 2048,
  context: 250,
  codebookDim: 256,
  codebookSize: 2048,
};

/** The published models. */
export const MOSHI_7B: ModelConfig = {
  lm: {
    dim: 4096,
    heads: 32,
    layers: 32,
    ffn: 11264,
    context: 3000,
    textCard: 32000,
    audioCard: 2048,
    depthDim: 1024,
    depthHeads: 16,
    depthLayers: 6,
    depthFfn: 2816,
  },
  mimi: MIMI,
};

/** A model of the same form that runs anywhere: for tests and for trying the server without weights. */
export const TINY: ModelConfig = {
  lm: {
    dim: 512,
    heads: 8,
    layers: 2,
    ffn: 512,
    context: 50,
    textCard: 1000,
    audioCard: 2048,
    depthDim: 128,
    depthHeads: 2,
    depthLayers: 2,
    depthFfn: 192,
  },
  mimi: { filters: 8, dim: 64, heads: 2, layers: 2, ffn: 128, context: 20, codebookDim: 32, codebookSize: 2048 },
};

/** Between the two, with the full-size codec: for the longer tests. */
export const MIDDLE: ModelConfig = {
  lm: {
    dim: 1024,
    heads: 8,
    layers: 8,
    ffn: 2816,
    context: 120,
    textCard: 8000,
    audioCard: 2048,
    depthDim: 256,
    depthHeads: 4,
    depthLayers: 4,
    depthFfn: 704,
  },
  mimi: MIMI,
};
