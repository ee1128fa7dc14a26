/** Lifting a mark: estimating the bits of one sound and laying them on another. Everything here works without the operator's keys. */
import { resample } from '@undertone/audio/pcm';
import {
  BANDS,
  BITS_PER_FRAME,
  CORE_RATE,
  DeltaSynthesizer,
  Embedder,
  FRAMES_PER_SLOT,
  type HeardSlot,
  HOP,
  HOPS_PER_TILE,
  HopAnalyzer,
  levelDb,
  makeChips,
  Receiver,
  SYNTHESIS_LEAD,
  SYNTHESIS_WINDOW,
} from '@undertone/signal';
import { bytesToBits, maskSealedBits } from '@undertone/token';
import { type MarkedCall, RATE, SLOT_SECONDS } from './call.ts';

const BITS_PER_SLOT = FRAMES_PER_SLOT * BITS_PER_FRAME;
/** Slots of a call begin with its sound; a track within this of it is the call's own, seconds. */
const ALIGNED_SECONDS = 0.012;

export const toCore = (samples: Float32Array, rate: number = RATE): Float32Array => resample(samples, rate, CORE_RATE);

/** Everything that a receiver hears at the alignment of a call's own slots, by slot from 1. */
export function hearSlots(core: Float32Array): Map<number, HeardSlot> {
  const slots = new Map<number, HeardSlot>();
  const take = (heard: HeardSlot): void => {
    const slot = Math.round(heard.startSeconds / SLOT_SECONDS) + 1;
    const aligned = Math.abs(heard.startSeconds - (slot - 1) * SLOT_SECONDS) <= ALIGNED_SECONDS;
    if (aligned && slot >= 1 && !slots.has(slot)) slots.set(slot, heard);
  };
  // All calls of the lab are marked in family 0.
  const receiver = new Receiver([0]);
  receiver.push(core, take);
  receiver.finish(take);
  return slots;
}

/** Coded bits of each slot, [128] as real numbers: the sign is the bit, the size what is known of it. */
export type Bits = ReadonlyMap<number, Float32Array>;

/** What a listener reads out of marked sound. */
export const estimateBits = (core: Float32Array): Bits => new Map([...hearSlots(core)].map(([slot, { llr }]) => [slot, llr]));

/** Both lanes as they were sent: an attacker to whom the operator told all but his keys' future. The open lane is what is heard of it. */
export function exactBits({ session, records, samples, rate }: MarkedCall): Bits {
  const heard = estimateBits(toCore(samples, rate));
  return new Map(
    records.map(({ slot, sealedBits }) => {
      const bits = heard.get(slot)?.slice() ?? new Float32Array(BITS_PER_SLOT);
      const sealed = bytesToBits(maskSealedBits(sealedBits, session.keyForSlot(slot), session.cardHash, slot));
      sealed.forEach((bit, i) => {
        bits[(i >> 1) * BITS_PER_FRAME + 2 + (i & 1)] = bit ? 6 : -6;
      });
      return [slot, bits];
    }),
  );
}

/** How bits are laid on speech. */
export interface Lay {
  /** The embedder's difference is multiplied by this; 1 is what the encoder does. */
  readonly strength?: number;
  /** Model frames that are marked at all. */
  readonly frames?: (frame: number) => boolean;
}

/** Lays bits on other speech, both at {@link RATE}. The sound begins with slot 1. */
export function layBits(speech: Float32Array, bits: Bits, { strength = 1, frames = () => true }: Lay = {}): Float32Array {
  const core = toCore(speech);
  const embedder = new Embedder(makeChips(), 'frame', (frame) => {
    const slot = bits.get(Math.floor(frame / FRAMES_PER_SLOT) + 1);
    if (!slot || !frames(frame)) return null;
    const at = (frame % FRAMES_PER_SLOT) * BITS_PER_FRAME;
    return Int8Array.from(slot.subarray(at, at + BITS_PER_FRAME), (bit) => (bit > 0 ? 1 : -1));
  });
  const padded = new Float32Array(core.length + CORE_RATE);
  padded.set(core);
  return added(speech, resample(embedder.push(padded).subarray(0, core.length), CORE_RATE, RATE), strength);
}

/** One sound and a multiple of another, within full scale. */
export const added = (a: Float32Array, b: Float32Array, gain = 1): Float32Array =>
  a.map((v, i) => Math.max(-1, Math.min(1, v + gain * (b[i] ?? 0))));

/** Levels in dB, tile by tile, [tiles × BANDS]. */
function tileLevels(core: Float32Array): Float32Array[] {
  const hops: Float32Array[] = [];
  new HopAnalyzer().push(core, (power) => hops.push(power.slice()));
  return Array.from({ length: Math.floor(hops.length / HOPS_PER_TILE) }, (_, t) =>
    Float32Array.from({ length: BANDS }, (_, b) => {
      let sum = 0;
      for (let h = 0; h < HOPS_PER_TILE; h++) sum += hops[t * HOPS_PER_TILE + h][b];
      return levelDb(sum);
    }),
  );
}

/** Most that the envelope is bent in a tile, dB. */
const MOST_DB = 20;

/** Bends the band envelopes of speech towards those of another sound, `share` of the way (0 … 1): words made to move like the signed ones. */
export function bendTowards(speech: Float32Array, other: Float32Array, share: number): Float32Array {
  if (share === 0) return speech;
  const core = toCore(speech);
  const [own, wanted] = [tileLevels(core), tileLevels(toCore(other))];
  const padded = new Float32Array(SYNTHESIS_LEAD + core.length + SYNTHESIS_WINDOW);
  padded.set(core, SYNTHESIS_LEAD);
  const delta = new Float32Array(padded.length);
  const synthesizer = new DeltaSynthesizer();
  own.forEach((levels, tile) => {
    const towards = wanted[tile] ?? levels;
    const gains = levels.map((level, b) =>
      Math.max(-MOST_DB, Math.min(MOST_DB, share * (Math.max(towards[b], -60) - Math.max(level, -60)))),
    );
    for (let h = 0; h < HOPS_PER_TILE; h++) {
      const at = (tile * HOPS_PER_TILE + h) * HOP;
      synthesizer.add(padded.subarray(at, at + SYNTHESIS_WINDOW), gains, 0, delta, at);
    }
  });
  return added(speech, resample(delta.subarray(SYNTHESIS_LEAD, SYNTHESIS_LEAD + core.length), CORE_RATE, RATE));
}

/** Root of the mean square. */
export const loudness = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / Math.max(1, x.length));

/** The same sound as loud as another. */
export function asLoudAs(sound: Float32Array, other: Float32Array): Float32Array {
  const gain = loudness(other) / Math.max(1e-9, loudness(sound));
  return sound.map((v) => v * gain);
}

/** How alike two sounds move, −1 … 1: correlation of the band contrasts that digests compare. */
export function likeness(a: Float32Array, b: Float32Array): number {
  const [x, y] = [a, b].map((sound) => contrasts(tileLevels(toCore(sound))));
  const n = Math.min(x.length, y.length);
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    xy += x[i] * y[i];
    xx += x[i] * x[i];
    yy += y[i] * y[i];
  }
  return xy / Math.sqrt(xx * yy + 1e-12);
}

/** Every tile's bands against their mean, less the same two steps before: [tiles × BANDS]. */
function contrasts(levels: readonly Float32Array[]): Float32Array {
  const LAG = 4;
  const out = new Float32Array(levels.length * BANDS);
  const centred = levels.map((row) => {
    const mean = row.reduce((sum, v) => sum + Math.max(v, -60), 0) / BANDS;
    return row.map((v) => Math.max(v, -60) - mean);
  });
  for (let t = LAG; t < levels.length; t++)
    for (let b = 0; b < BANDS; b++) out[t * BANDS + b] = centred[t][b] - centred[t - LAG][b];
  return out;
}
