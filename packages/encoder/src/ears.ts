/** What the agent hears, slot by slot of its own clock, as the digests that DUPX frames carry (protocol/spec/03-frames.md). */
import {
  BANDS,
  CORE_RATE,
  epochDigest,
  type RateConverter,
  SLOT,
  slotDigest,
  TILES_PER_SLOT,
  TileAnalyzer,
  toCoreRate,
} from '@undertone/signal';
import { DIGEST_MIN_COMPARED, HEARD_DIGEST_BITS, heardSelection, type Session } from '@undertone/token';

/** What is heard may be this far out of step with what is said before a fresh start is made, core samples. */
const MAX_DRIFT = CORE_RATE / 10;

export class Ears {
  readonly #session: Session;
  readonly #sampleRate: number;
  readonly #onSlot: (slot: number, digest: number) => void;
  readonly #levels = new Float32Array(TILES_PER_SLOT * BANDS);
  #down!: RateConverter;
  #analyzer!: TileAnalyzer;
  /** Core samples of the session's clock up to which it was heard. */
  #at = Number.NEGATIVE_INFINITY;
  #tile = 0;
  #slot = 0;

  /** @param onSlot told the 24 bits of each slot in which enough was heard */
  constructor(session: Session, sampleRate: number, onSlot: (slot: number, digest: number) => void) {
    this.#session = session;
    this.#sampleRate = sampleRate;
    this.#onSlot = onSlot;
  }

  /** @param atCore where the agent's own voice is on the session's clock, core samples */
  push(chunk: Float32Array, atCore: number): void {
    if (Math.abs(atCore - this.#at) > MAX_DRIFT) this.#begin(atCore);
    let core = this.#down.process(chunk.map((v) => (Number.isFinite(v) ? v : 0)));
    const early = Math.max(0, (this.#slot - 1) * SLOT - this.#at);
    this.#at += core.length;
    core = core.subarray(Math.min(core.length, early));
    this.#analyzer.push(core, (levels) => this.#hear(levels));
  }

  /** Listens from the next slot on. */
  #begin(atCore: number): void {
    this.#down = toCoreRate(this.#sampleRate);
    this.#analyzer = new TileAnalyzer();
    this.#at = atCore;
    this.#slot = Math.ceil(atCore / SLOT) + 1;
    this.#tile = 0;
  }

  #hear(levels: Float32Array): void {
    this.#levels.set(levels, this.#tile * BANDS);
    if (++this.#tile < TILES_PER_SLOT) return;
    this.#end();
    this.#slot++;
    this.#tile = 0;
  }

  #end(): void {
    const session = this.#session;
    if (this.#slot > session.slots) return;
    const selection = heardSelection(session.keyForSlot(this.#slot), session.cardHash, this.#slot);
    const digest = slotDigest(this.#levels, selection);
    // A slot in which little was said says little about who heard it.
    if (digest.compared < DIGEST_MIN_COMPARED) return;
    this.#onSlot(this.#slot, epochDigest([digest], HEARD_DIGEST_BITS));
  }
}
