/**
 * What each model frame must carry: protocol frames, coded, and the sealed half masked with the slot's key. A frame goes on, part by part
 * of its codeword, until the self-check has read enough of it back.
 */
import { BITS_PER_FRAME, codewordPart, encodeCodeword, FRAMES_PER_PART } from '@undertone/signal';
import {
  bitsToBytes,
  bytesToBits,
  concat,
  encodeFrame,
  FRAME_SHAPES,
  type FrameKind,
  type FrameScheduler,
  FrameType,
  frameKind,
  type Lane,
  PARTS_PER_SLOT,
  type Session,
  slotOfPart,
} from '@undertone/token';

const LANE_BITS = BITS_PER_FRAME / 2;
const LANES: readonly Lane[] = ['open', 'sealed'];
/** Model frames before a part that the self-check cannot have read yet when the part begins, whatever the chunks. */
const UNHEARD_FRAMES = 6;
/**
 * Information at which a frame ends, bits. A clean channel needs about 66 of them in a single frame, which are read without the last model
 * frames; the rest is for those that are worse: at 86 a channel that loses a quarter still brings nearly every frame, and less would save a
 * clean one little (docs/research/signal.md, how long frames last). The first locator is awaited by everyone, on any channel: it gets more,
 * and costs nobody time who can read it sooner.
 */
const ENOUGH: { readonly [kind in FrameKind]: number } = { single: 86, double: 160 };
const ENOUGH_FIRST = 126;
/** Parts that are kept while the self-check may still ask for them. */
const KEPT_PARTS = 6;

const enoughFor = ({ type, firstPart }: Transmission): number =>
  type === FrameType.LOC && firstPart === 0 ? ENOUGH_FIRST : ENOUGH[frameKind(type)];

/** One lane's frame on its way. */
interface Transmission {
  readonly type: FrameType;
  readonly codeword: Uint8Array;
  readonly firstPart: number;
}

interface PartBits {
  readonly open: Uint8Array;
  readonly sealed: Uint8Array;
  readonly mask: Uint8Array;
}

/** Coded bits by model frame, chosen part by part. */
export class Lanes {
  readonly #session: Session;
  readonly #scheduler: FrameScheduler;
  readonly #reserve: number;
  readonly #beforeSlot: (slot: number) => void;
  readonly #sending: { [lane in Lane]?: Transmission } = {};
  readonly #parts = new Map<number, PartBits>();
  /** Information read back, bits, by lane and model frame. */
  readonly #heard: Record<Lane, Map<number, number>> = { open: new Map(), sealed: new Map() };

  /**
   * @param reserve factor of the information that a frame gets, 1 or more
   * @param beforeSlot called once before a slot's bits are chosen, so that the epoch before can be told
   */
  constructor(session: Session, scheduler: FrameScheduler, reserve: number, beforeSlot: (slot: number) => void) {
    this.#session = session;
    this.#scheduler = scheduler;
    this.#reserve = reserve;
    this.#beforeSlot = beforeSlot;
  }

  /** The four coded bits of a model frame, ±1; null after the card's last slot. */
  bits(frame: number): Int8Array | null {
    if (frame >= this.#session.slots * PARTS_PER_SLOT * FRAMES_PER_PART) return null;
    const part = this.#part(Math.floor(frame / FRAMES_PER_PART));
    const at = (frame % FRAMES_PER_PART) * LANE_BITS;
    const out = new Int8Array(BITS_PER_FRAME);
    for (let i = 0; i < LANE_BITS; i++) {
      out[i] = part.open[at + i] ? 1 : -1;
      out[LANE_BITS + i] = part.sealed[at + i] ^ part.mask[at + i] ? 1 : -1;
    }
    return out;
  }

  /** The 8 sealed bytes of a slot before masking, for its record. */
  sealedBytes(slot: number): Uint8Array {
    return concat(...[0, 1].map((half) => bitsToBytes(this.#part((slot - 1) * PARTS_PER_SLOT + half).sealed)));
  }

  /** Takes the information that the self-check read of a model frame, bits. */
  heard(frame: number, lane: Lane, bits: number): void {
    this.#heard[lane].set(frame, bits);
  }

  /** The sound is over: frames on their way count if they were carried so far. */
  end(): void {
    for (const lane of LANES) {
      const sending = this.#sending[lane];
      if (sending) this.#scheduler.report(lane, this.#information(lane, sending.firstPart, Infinity) >= enoughFor(sending));
      delete this.#sending[lane];
    }
  }

  #part(part: number): PartBits {
    const known = this.#parts.get(part);
    if (known) return known;
    const slot = slotOfPart(part);
    const half = part % PARTS_PER_SLOT;
    if (half === 0) this.#beforeSlot(slot);
    for (const lane of LANES) this.#advance(lane, part);
    const bits = (lane: Lane): Uint8Array => {
      const { codeword, firstPart } = this.#sending[lane]!;
      return codewordPart(codeword, part - firstPart);
    };
    const n = FRAMES_PER_PART * LANE_BITS;
    const mask = bytesToBits(this.#session.sealMask(slot)).subarray(half * n, (half + 1) * n);
    const made = { open: bits('open'), sealed: bits('sealed'), mask };
    this.#parts.set(part, made);
    this.#parts.delete(part - KEPT_PARTS);
    return made;
  }

  /** Ends a lane's frame when it was carried or has lasted its longest, and begins the next. */
  #advance(lane: Lane, part: number): void {
    const sending = this.#sending[lane];
    if (sending) {
      const lasted = part - sending.firstPart;
      const { minParts, maxParts } = FRAME_SHAPES[frameKind(sending.type)];
      if (lasted < minParts) return;
      const carried = this.#information(lane, sending.firstPart, part * FRAMES_PER_PART - UNHEARD_FRAMES);
      const enough = enoughFor(sending);
      if (carried < this.#reserve * enough && lasted < maxParts) return;
      this.#scheduler.report(lane, carried >= enough);
    }
    const frame = this.#scheduler.next(lane, part);
    const bytes = encodeFrame(frame, lane, this.#session.locator);
    this.#sending[lane] = { type: frame.type, codeword: encodeCodeword(bytesToBits(bytes)), firstPart: part };
    for (const heard of this.#heard[lane].keys()) if (heard < part * FRAMES_PER_PART) this.#heard[lane].delete(heard);
  }

  /** Information read back in a lane from a part's beginning to a model frame, bits. */
  #information(lane: Lane, firstPart: number, toFrame: number): number {
    let sum = 0;
    for (const [frame, bits] of this.#heard[lane]) if (frame >= firstPart * FRAMES_PER_PART && frame < toFrame) sum += bits;
    return sum;
  }
}
