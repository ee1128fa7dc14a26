/** The stream encoder: a session and speech in, marked speech out. */
import {
  type Chips,
  CORE_RATE,
  Embedder,
  FRAMES_PER_SLOT,
  fromCoreRate,
  HOP,
  type Lookahead,
  MAX_RATE,
  MIN_RATE,
  makeChips,
  type RateConverter,
  SLOT,
  SLOT_MS,
  TILES_PER_FRAME,
  toCoreRate,
} from '@undertone/signal';
import type { Checkpoint, Session, SlotRecord } from '@undertone/token';
import { EncoderError } from './errors.ts';
import { SampleQueue } from './sample-queue.ts';
import { SelfCheck } from './self-check.ts';
import type { Tenure } from './tenure.ts';
import { Tenures } from './tenures.ts';

/** Something the caller should know; nothing is ever left unmarked in silence. */
export interface EncoderNotice {
  readonly code: /** speech went on for ten seconds and carried too little to be found */
  'speech-not-carrying' | /** the card's last slot has passed: what follows is not marked */ 'session-ended';
  readonly atSeconds: number;
}

/** Options of {@link createEncoder}. */
export interface EncoderOptions {
  readonly session: Session;
  /** 8000 … 48000 Hz. */
  readonly sampleRate: number;
  /** `'20ms'` (default) for sound that arrives as it is spoken; `'frame'` (95 ms) where whole 80 ms frames are handed over: more bits. */
  readonly lookahead?: Lookahead;
  /**
   * Samples in every chunk that {@link Encoder.process} is given, a whole number of 5 ms: the mark's 5 ms steps then end where chunks end, and
   * the sound comes out 5 ms sooner. Default: chunks of any length.
   */
  readonly chunkSamples?: number;
  /**
   * How much more than the usual information a frame gets before the next one begins, 1 or more; default 1. For channels or receivers that
   * are worse than usual: one with the baseline demodulator of the specification needs about 2.
   */
  readonly reserve?: number;
  /** Called with every slot record about 0.4 s after its slot ends: publish it at once. */
  readonly onRecord?: (record: SlotRecord) => void;
  /** Called when the last record of a session is signed: at a renewal, and when the stream ends. */
  readonly onSessionEnd?: (session: Session, checkpoints: readonly Checkpoint[]) => void;
  readonly onNotice?: (notice: EncoderNotice) => void;
  /** Operator time, ms since 1970; needed where speech is generated faster than it is played. */
  readonly nowMs?: () => number;
}

/** What the encoder has done so far. */
export interface EncoderStats {
  /** Sound taken in, seconds. */
  readonly seconds: number;
  /** Model frames that were marked, and of those the ones whose own mark the self-check could read. */
  readonly framesMarked: number;
  readonly framesCarried: number;
  /** Information that the self-check read back, bits per second of sound. */
  readonly bitsPerSecond: number;
  /** Slot records signed. */
  readonly slots: number;
}

/** A streaming encoder. */
export interface Encoder {
  /** Samples between a sample going in and the same sample coming out. */
  readonly latencySamples: number;
  /** The session of the slot that is being spoken; {@link Encoder.challenge} answers with its keys. */
  readonly session: Session;
  /** Marks a chunk of mono samples, −1 … 1; gives as many samples back, `latencySamples` late. NaN and infinities count as 0. */
  process(chunk: Float32Array): Float32Array;
  /** Ends the stream: the last `latencySamples` samples. */
  flush(): Float32Array;
  /** The caller barged in: samples not yet given out become silence, and the slot is signed as interrupted. */
  interrupt(): void;
  /**
   * Answers a caller's nonce (8 … 64 bytes) in the voice, as soon as the sealed lane has a turn for it.
   * @returns the number of the nonce, for whoever asked; null when too many wait already. Throws `bad-argument` of the token package
   */
  challenge(nonce: Uint8Array): number | null;
  /**
   * Takes a chunk of what the agent hears, in step with what it says: samples at the same rate, one for each that is processed. Once an
   * epoch the voice then carries a digest of a slot of it, so that the caller can know that it is heard.
   */
  heard(chunk: Float32Array): void;
  /**
   * Goes on under the session that continues the newest one (`renewSession` of the token package): from the end of its `lastSlot` on the
   * voice carries the next session's bits, without a gap in the sound. @returns false when bits after that slot are chosen already, and
   * nothing is changed. Throws {@link EncoderError} `encoder-not-next`
   */
  renew(next: Session, lastSlot: number): boolean;
  /** Forgets all sound and begins the next slot with the next sample. */
  reset(): void;
  stats(): EncoderStats;
  /** Checkpoints signed so far, for the record of the session that speaks; at a renewal of the old one until its last record is signed. */
  readonly checkpoints: readonly Checkpoint[];
}

/** Core samples that the output waits for beyond the filters, per mode (signal specification, latency): the last for a step to end. */
const CORE_LATENCY: Record<Lookahead, number> = { frame: 740, '20ms': 140 };
/** Rate conversion, either way, core samples. */
const FILTER_LATENCY = 9;
const SILENT_WARNING_SECONDS = 10;
const BLOCKS_PER_SECOND = 50;

/** Makes an encoder. Throws {@link EncoderError}. */
export function createEncoder(options: EncoderOptions): Encoder {
  if (!(options.sampleRate >= MIN_RATE && options.sampleRate <= MAX_RATE))
    throw new EncoderError('encoder-bad-rate', `sample rate ${options.sampleRate} is outside ${MIN_RATE} … ${MAX_RATE} Hz`);
  if (!((options.reserve ?? 1) >= 1)) throw new EncoderError('encoder-bad-reserve', 'the reserve is a number from 1 on');
  if (options.chunkSamples !== undefined && !wholeSteps(options.chunkSamples, options.sampleRate))
    throw new EncoderError('encoder-bad-chunk', `chunks of ${options.chunkSamples} samples are not a whole number of 5 ms`);
  return new StreamEncoder(options);
}

const wholeSteps = (samples: number, rate: number): boolean => samples > 0 && ((samples * CORE_RATE) / rate) % HOP === 0;

class StreamEncoder implements Encoder {
  readonly latencySamples: number;
  /** Silence before the first chunk, so that the mark's steps end where chunks end. */
  readonly #lead: number;
  readonly #options: EncoderOptions;
  readonly #chips: Chips;
  readonly #tenures: Tenures;
  readonly #original = new SampleQueue();
  readonly #delta = new SampleQueue();
  readonly #core = new SampleQueue();
  #down!: RateConverter;
  #up!: RateConverter;
  #embedder!: Embedder;
  #check!: SelfCheck;
  #firstSlot = 0;
  #coreSamples = 0;
  #samples = 0;
  #speech = 0;
  #informationThen = 0;
  #muted = 0;
  #ended = false;
  #finished = false;

  constructor(options: EncoderOptions) {
    const { session, sampleRate, lookahead = '20ms' } = options;
    this.#options = options;
    this.#chips = makeChips(session.card.family);
    const filter = sampleRate === CORE_RATE ? 0 : FILTER_LATENCY;
    const steady = options.chunkSamples !== undefined;
    const atCore = CORE_LATENCY[lookahead] + 2 * filter - (steady ? HOP : 0);
    this.latencySamples = Math.ceil((atCore * sampleRate) / CORE_RATE) + (sampleRate === CORE_RATE ? 0 : 1);
    this.#lead = steady ? Math.ceil((((CORE_LATENCY[lookahead] + filter) % HOP) * sampleRate) / CORE_RATE) : 0;
    this.#tenures = new Tenures(options);
    this.#begin();
  }

  get session(): Session {
    return this.#speaking.session;
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.#tenures.checkpoints;
  }

  #begin(): void {
    const { sampleRate, lookahead = '20ms' } = this.#options;
    const offset = this.#firstSlot * FRAMES_PER_SLOT;
    this.#down = toCoreRate(sampleRate);
    this.#up = fromCoreRate(sampleRate);
    this.#embedder = new Embedder(this.#chips, lookahead, (frame) => this.#bits(frame + offset));
    this.#check = new SelfCheck(this.#chips, {
      level: (tile, levels) => this.#tenures.level(tile + offset * TILES_PER_FRAME, levels),
      frame: (frame, llr) => this.#tenures.frame(frame + offset, llr),
    });
    this.#original.clear();
    this.#delta.clear();
    this.#core.clear();
    this.#coreSamples = 0;
    this.#muted = 0;
    this.#original.push(new Float32Array(this.latencySamples - this.#lead));
    this.#delta.push(new Float32Array(this.latencySamples - this.#lead));
    if (this.#lead > 0) this.#mark(new Float32Array(this.#lead));
  }

  #bits(frame: number): Int8Array | null {
    const bits = this.#tenures.bits(frame);
    if (!bits && !this.#ended) {
      this.#ended = true;
      this.#options.onNotice?.({ code: 'session-ended', atSeconds: this.#samples / this.#options.sampleRate });
    }
    return bits;
  }

  process(chunk: Float32Array): Float32Array {
    if (this.#finished) throw new EncoderError('encoder-finished', 'the encoder was flushed; make a new one');
    const { chunkSamples = 1 } = this.#options;
    if (chunk.length % chunkSamples !== 0)
      throw new EncoderError('encoder-bad-chunk', `${chunk.length} samples are not whole chunks of ${chunkSamples}`);
    const clean = chunk.every(Number.isFinite) ? chunk : chunk.map((v) => (Number.isFinite(v) ? v : 0));
    this.#samples += chunk.length;
    this.#feed(clean);
    this.#watch(clean);
    return this.#take(chunk.length);
  }

  flush(): Float32Array {
    if (this.#finished) return new Float32Array(0);
    this.#finished = true;
    // Silence pushes the last gains out; the self-check then hears the end of the last frame too.
    const slot = this.#currentSlot();
    this.#feed(new Float32Array(this.latencySamples + Math.ceil(this.#options.sampleRate * 0.5)));
    while (this.#check.work());
    this.#tenures.end(slot);
    return this.#take(this.latencySamples);
  }

  challenge(nonce: Uint8Array): number | null {
    return this.#speaking.challenge(nonce);
  }

  heard(chunk: Float32Array): void {
    this.#speaking.heard(chunk, this.#firstSlot * SLOT + this.#coreSamples);
  }

  renew(next: Session, lastSlot: number): boolean {
    return this.#tenures.renew(next, lastSlot);
  }

  interrupt(): void {
    const slot = this.#currentSlot();
    this.#tenures.at(slot).note(slot, 'interrupted');
    this.#original.silence();
    this.#delta.silence();
    // The mark of what was dropped may not be computed yet.
    this.#muted = this.#original.length - this.#delta.length;
  }

  reset(): void {
    const slot = this.#currentSlot();
    while (this.#check.work());
    this.#tenures.cut(slot, 'interrupted');
    this.#firstSlot = slot;
    this.#begin();
  }

  stats(): EncoderStats {
    const { framesMarked, framesCarried, information, slots } = this.#tenures.stats;
    const seconds = this.#samples / this.#options.sampleRate;
    return { seconds, framesMarked, framesCarried, bitsPerSecond: seconds > 0 ? information / seconds : 0, slots };
  }

  get #speaking(): Tenure {
    return this.#tenures.at(this.#currentSlot());
  }

  #currentSlot(): number {
    return this.#firstSlot + Math.floor((Math.max(0, this.#coreSamples - 1) * 1000) / CORE_RATE / SLOT_MS) + 1;
  }

  /** In small blocks, so that what the self-check has heard when a slot's bits are chosen does not depend on the caller's chunks. */
  #feed(samples: Float32Array): void {
    const block = Math.floor(this.#options.sampleRate / BLOCKS_PER_SECOND);
    for (let at = 0; at < samples.length; at += block) this.#mark(samples.subarray(at, at + block));
  }

  #mark(samples: Float32Array): void {
    this.#original.push(samples);
    // A piece a block, so that none takes long; a model frame is read before the next one is marked.
    this.#check.work();
    this.#tenures.work();
    const core = this.#down.process(samples);
    this.#coreSamples += core.length;
    this.#core.push(core);
    const delta = this.#embedder.push(core);
    const difference = this.#up.process(delta);
    difference.fill(0, 0, this.#muted);
    this.#muted = Math.max(0, this.#muted - difference.length);
    this.#delta.push(difference);
    const marked = this.#core.shift(delta.length);
    for (let i = 0; i < marked.length; i++) marked[i] += delta[i];
    this.#check.push(marked);
  }

  #take(n: number): Float32Array {
    const out = this.#original.shift(n);
    const delta = this.#delta.shift(n);
    for (let i = 0; i < n; i++) out[i] = Math.max(-1, Math.min(1, out[i] + delta[i]));
    return out;
  }

  /** Says so when ten seconds of speech carried less than a locator needs. */
  #watch(chunk: Float32Array): void {
    for (const v of chunk) if (Math.abs(v) > 0.01) this.#speech++;
    if (this.#speech < SILENT_WARNING_SECONDS * this.#options.sampleRate * 0.5) return;
    const { information } = this.#tenures.stats;
    if (information - this.#informationThen < 48)
      this.#options.onNotice?.({ code: 'speech-not-carrying', atSeconds: this.#samples / this.#options.sampleRate });
    this.#speech = 0;
    this.#informationThen = information;
  }
}
