/**
 * Signal profile 1: every number that the specification fixes (protocol/spec/02-signal.md), frozen except where its §9 leaves them open.
 * The core layer works at 8 kHz whatever the rate of the sound that carries it.
 */

/** Sample rate of the core layer, Hz. */
export const CORE_RATE = 8000;
/** Samples between two analysis or synthesis windows: 5 ms, the sync grid. */
export const HOP = 40;
/** Hops in a tile: 20 ms. */
export const HOPS_PER_TILE = 4;
/** Samples in a tile. */
export const TILE: number = HOP * HOPS_PER_TILE;
/** Bands of 375 Hz from about 300 to 3300 Hz. */
export const BANDS = 8;
/** Tiles in a model frame: 80 ms. */
export const TILES_PER_FRAME = 4;
/** Cells (tile × band) in a model frame. */
export const CELLS: number = TILES_PER_FRAME * BANDS;
/** Samples in a model frame. */
export const FRAME: number = TILE * TILES_PER_FRAME;
/** Model frames in a slot: 2.56 s, one period of the chips. */
export const FRAMES_PER_SLOT = 32;
/** Tiles in a slot. */
export const TILES_PER_SLOT: number = FRAMES_PER_SLOT * TILES_PER_FRAME;
/** Samples in a slot. */
export const SLOT: number = FRAME * FRAMES_PER_SLOT;
/** Slot length in milliseconds. */
export const SLOT_MS = 2560;
/** Coded bits in a model frame: 0 and 1 are the open lane, 2 and 3 the sealed lane. */
export const BITS_PER_FRAME = 4;
/** Coded bits of one lane in a slot. */
export const LANE_BITS_PER_SLOT = 64;
/** Chip families. A session uses one, so that two marks in one sound can be told apart even where their slots coincide. */
export const FAMILIES = 4;
/** Parts of a slot: a protocol frame lasts a whole number of parts of 1.28 s. */
export const PARTS_PER_SLOT = 2;
/** Model frames in a part. */
export const FRAMES_PER_PART: number = FRAMES_PER_SLOT / PARTS_PER_SLOT;
/** Coded bits of one lane in a part. */
export const LANE_BITS_PER_PART: number = LANE_BITS_PER_SLOT / PARTS_PER_SLOT;
/** Largest gain that the embedder may give a cell, dB. */
export const MAX_GAIN_DB = 6;
/** Natural-log likelihood ratio of a coded bit for one unit of demodulator output. */
export const SOFT_BIT_SCALE = 0.6215;
/** Likelihood ratios are clipped here, so that no single bit decides (protocol/spec/02-signal.md). */
export const MAX_LLR = 6;

/** The lanes of the coded bits. */
export type Lane = 'open' | 'sealed';
