/** The Undertone watermark, profile 1: bits in, sound out, and back (protocol/spec/02-signal.md). */
export { type Chips, makeChips } from './chips.ts';
export { codewordPart, DOUBLE_CODE, encodeCodeword, type FrameCode, type PolarCode, SINGLE_CODE } from './code.ts';
export { fromCoreRate, MAX_RATE, MIN_RATE, type RateConverter, toCoreRate } from './core-rate.ts';
export { type Candidate, type DecodeOptions, decodeCodeword } from './decode.ts';
export { DEMODULATOR_DELAY, Demodulator, type RowDemodulator } from './demodulator.ts';
export { DIGEST_BITS, EPOCH_DIGEST_BITS, epochDigest, type SlotDigest, slotDigest, withoutTail } from './digest.ts';
export { type BitSource, Embedder, type Lookahead } from './embedder.ts';
export { DeltaSynthesizer, HopAnalyzer, levelDb, SYNTHESIS_LEAD, SYNTHESIS_WINDOW } from './filterbank.ts';
export * from './profile.ts';
export { FINISH_SAMPLES, type HeardSlot, Receiver } from './receiver.ts';
export { searchChance } from './search-chance.ts';
export { addTile, toLlr } from './soft-bits.ts';
export { findStretch, type Stretch, undoStretch } from './stretch.ts';
export { lengthen } from './tempo.ts';
export { TileAnalyzer } from './tile-analyzer.ts';
