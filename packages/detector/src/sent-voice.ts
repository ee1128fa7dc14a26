/**
 * This side's own voice, as it was sent: what the agent says it heard is looked for in it (protocol/spec/03-frames.md, DUPX). The delay of the
 * way there and back is not known; it is tried, and charged.
 */
import {
  BANDS,
  CORE_RATE,
  epochDigest,
  HOP,
  HOPS_PER_TILE,
  HopAnalyzer,
  levelDb,
  type RateConverter,
  slotDigest,
  TILES_PER_SLOT,
  toCoreRate,
} from '@undertone/signal';
import { HEARD_DIGEST_BITS, heardBits, heardErrors } from '@undertone/token';

/** Voice kept: a frame may follow an epoch after what it tells of, and its key 20 s later. */
const KEPT_HOPS = 20_000;
/** Delays tried there and back together: 0 … 2 s in steps of 10 ms. */
const STEP_HOPS = 2;
const MOST_HOPS = 400;
const DELAYS = MOST_HOPS / STEP_HOPS + 1;
/** Digests that are summed. */
const MAX_DIGESTS = 32;

/** How well this side's voice explains what the agent heard. */
export interface TwoWay {
  /** Bits in favour of a two-way call, all delays charged. */
  readonly bits: number;
  /** Delay there and back that fits best, seconds. */
  readonly delaySeconds: number;
  /** Slots that the agent told of. */
  readonly slots: number;
}

/** Keeps the levels of what is sent. */
export class SentVoice {
  readonly #down: RateConverter;
  readonly #analyzer = new HopAnalyzer();
  readonly #power = new Float32Array(KEPT_HOPS * BANDS);
  readonly #startSeconds: number;
  #hops = 0;

  /** @param startSeconds seconds of sound heard when the first sample was sent */
  constructor(sampleRate: number, startSeconds: number) {
    this.#down = toCoreRate(sampleRate);
    this.#startSeconds = startSeconds;
  }

  push(samples: Float32Array): void {
    this.#analyzer.push(this.#down.process(samples), (power) => {
      this.#power.set(power, (this.#hops++ % KEPT_HOPS) * BANDS);
    });
  }

  /** The 24 bits of a slot that began so long ago, by this side's time; null when it is not kept whole. */
  digest(startSeconds: number, selection: Uint8Array): number | null {
    const first = Math.round(((startSeconds - this.#startSeconds) * CORE_RATE) / HOP);
    const hops = TILES_PER_SLOT * HOPS_PER_TILE;
    if (first < 0 || first + hops > this.#hops || first < this.#hops - KEPT_HOPS) return null;
    const levels = new Float32Array(TILES_PER_SLOT * BANDS);
    for (let t = 0; t < TILES_PER_SLOT; t++)
      for (let b = 0; b < BANDS; b++) {
        let sum = 0;
        for (let h = 0; h < HOPS_PER_TILE; h++) sum += this.#power[((first + t * HOPS_PER_TILE + h) % KEPT_HOPS) * BANDS + b];
        levels[t * BANDS + b] = levelDb(sum);
      }
    return epochDigest([slotDigest(levels, selection)], HEARD_DIGEST_BITS);
  }
}

/** Sums what an agent heard at each delay. */
export class TwoWayTally {
  readonly #errors = new Float64Array(DELAYS);
  #slots = 0;

  /** @param startSeconds where the slot began in the sound heard. @returns the sum so far; null where this side's voice is not kept */
  add(voice: SentVoice, startSeconds: number, selection: Uint8Array, heard: number): TwoWay | null {
    if (this.#slots >= MAX_DIGESTS) return null;
    const sent = Array.from({ length: DELAYS }, (_, d) =>
      voice.digest(startSeconds - (d * STEP_HOPS * HOP) / CORE_RATE, selection),
    );
    if (sent.every((digest) => digest === null)) return null;
    this.#slots++;
    for (const [d, digest] of sent.entries())
      this.#errors[d] += digest === null ? HEARD_DIGEST_BITS / 2 : heardErrors(heard, digest);
    let best = 0;
    for (let d = 1; d < DELAYS; d++) if (this.#errors[d] < this.#errors[best]) best = d;
    return {
      bits: heardBits(Math.floor(this.#errors[best]), this.#slots, DELAYS),
      delaySeconds: (best * STEP_HOPS * HOP) / CORE_RATE,
      slots: this.#slots,
    };
  }
}
