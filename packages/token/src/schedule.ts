/**
 * Which frame each lane sends next (protocol/spec/03-frames.md). A frame lasts as long as the speech needs to carry
 * it, so the schedule counts turns, not time.
 *
 * Open lane: every fifth turn is LOC, the first one too. The others bring the card's symbols, two at a time, until enough were carried; from
 * then on they go KEY CARD CARD. Sealed lane: the newest epoch's AUTH as soon as there is one, then the answer to the oldest nonce
 * that waits (CHAL), then once an epoch what was heard of the caller (DUPX), otherwise symbols of the newest checkpoint, and before the
 * first checkpoint symbols of the card. Nobody starves: between two CHAL or DUPX goes a symbol, and while a nonce waits no AUTH
 * follows an AUTH.
 */
import { type AuthState, authKeySlot, encodeAuth, resolveKeyCounter } from './auth.ts';
import { concat } from './bytes.ts';
import { cardSymbols } from './card.ts';
import { challengeAnswer, checkNonce } from './challenge.ts';
import { type Checkpoint, checkpointSymbol, checkpointType } from './checkpoint.ts';
import { CheckpointWindows } from './checkpoint-window.ts';
import { PART_MS, slotOfPart } from './clock.ts';
import { encodeHeard, resolveHeardCounter } from './duplex.ts';
import { TokenError } from './errors.ts';
import { COUNTERS, type Frame, FrameType, type Lane } from './frame.ts';
import { rsEncode } from './reed-solomon.ts';
import type { Session } from './session.ts';

/** Turns of the open lane from one LOC to the next. */
const LOC_EVERY = 5;
/** The open lane's other turns once the card was carried. */
const CYCLE = ['KEY', 'CARD', 'CARD'] as const;

/** Nonces that may wait for their turn. */
export const MAX_WAITING_NONCES: number = 8;
/** An answer that was not carried is sent again, this often in all. */
const CHALLENGE_TURNS = 3;

/** A nonce that waits to be answered. */
interface WaitingNonce {
  readonly number: number;
  readonly nonce: Uint8Array;
  turns: number;
}

/** Walks through the symbols `from` … 31 by twos, `from` being even; pairs reported lost come first. */
class SymbolQueue {
  private readonly from: number;
  private at: number;
  private readonly again: number[] = [];
  private readonly pairs: Set<number> = new Set();

  constructor(from: number) {
    this.from = from;
    this.at = from;
  }

  /** Different symbols that were carried. */
  get carried(): number {
    return 2 * this.pairs.size;
  }

  /** The first of the next two symbols. */
  take(): number {
    const lost = this.again.shift();
    if (lost !== undefined) return lost;
    const index = this.at;
    this.at = index + 2 < COUNTERS ? index + 2 : this.from;
    return index;
  }

  report(index: number, carried: boolean): void {
    if (carried) this.pairs.add(index);
    else this.again.push(index);
  }
}

interface Turn {
  readonly frame: Frame;
  /** Told whether the frame was carried. */
  readonly done?: (carried: boolean) => void;
}

export type SchedulerOptions = {
  /**
   * Operator time, ms since 1970. An encoder that runs ahead of playout must give it: a KEY frame then waits for D_s by this
   * clock as well as by the media clock.
   */
  readonly nowMs?: () => number;
};

export class FrameScheduler {
  private readonly session: Session;
  private readonly nowMs: (() => number) | null;
  private readonly symbols: readonly Uint8Array[];
  private readonly card: { readonly [lane in Lane]: SymbolQueue } = { open: new SymbolQueue(0), sealed: new SymbolQueue(0) };
  private readonly windows: CheckpointWindows;
  private readonly current: { [lane in Lane]?: Turn } = {};
  private auth: { readonly epoch: number; readonly state: AuthState; readonly digest: number } | null = null;
  private checkpointQueue: SymbolQueue | null = null;
  private queuedWindow = -1;
  private openTurns = 0;
  private cycle = 0;
  private readonly nonces: WaitingNonce[] = [];
  private nonceCount = 0;
  private witness: { readonly slot: number; readonly digest: number } | null = null;
  private witnessedSlot = Number.NEGATIVE_INFINITY;
  private lastSealed: FrameType | null = null;
  /** A CHAL or DUPX went since the last symbol of the sealed lane. */
  private symbolOwed = false;

  constructor(session: Session, options: SchedulerOptions = {}) {
    this.session = session;
    this.nowMs = options.nowMs ?? null;
    this.symbols = cardSymbols(session.card);
    this.windows = new CheckpointWindows(session.cardHash, (message) => session.signWithSessionKey(message));
  }

  /** Checkpoints signed so far, for the session record. */
  get checkpoints(): readonly Checkpoint[] {
    return this.windows.checkpoints;
  }

  /** Gives the outcome of an epoch; the next frame of the sealed lane is its AUTH. One that could not be sent yet gives way. */
  closeEpoch(epoch: number, state: AuthState, digest22: number): void {
    this.auth = { epoch, state, digest: digest22 };
  }

  /** Takes a caller's nonce of 8 … 64 bytes. @returns its number, or null when too many wait already. Throws `bad-argument` */
  challenge(nonce: Uint8Array): number | null {
    checkNonce(nonce);
    if (this.nonces.length >= MAX_WAITING_NONCES) return null;
    this.nonces.push({ number: this.nonceCount, nonce: nonce.slice(), turns: 0 });
    return this.nonceCount++;
  }

  /** Takes the digest (24 bits) of what was heard of the caller in a slot that is over; the newest is sent, once an epoch. */
  heard(slot: number, digest: number): void {
    this.witness = { slot, digest };
  }

  /**
   * The frame that a lane sends from a part on; the one before it must have been reported. Throws `chain-slot` when the part is not in
   * the card's span.
   */
  next(lane: Lane, part: number): Frame {
    if (!Number.isInteger(part) || part < 0 || slotOfPart(part) > this.session.slots)
      throw new TokenError('chain-slot', `part ${part}`);
    const turn = lane === 'open' ? this.openTurn(part) : this.sealedTurn(part);
    this.current[lane] = turn;
    return turn.frame;
  }

  /** Reports that a lane's frame has ended, and whether the encoder's self-check judged it carried. */
  report(lane: Lane, carried: boolean): void {
    this.current[lane]?.done?.(carried);
    delete this.current[lane];
  }

  /** Ends the session: signs the window in progress, so that the session record covers every AUTH carried. */
  finish(): void {
    this.windows.close();
  }

  private openTurn(part: number): Turn {
    if (this.openTurns++ % LOC_EVERY === 0) return this.locator();
    if (this.card.open.carried < this.symbols.length) return this.cardTurn('open');
    const turn = CYCLE[this.cycle++ % CYCLE.length];
    if (turn === 'CARD') return this.cardTurn('open');
    return this.keyTurn(part) ?? this.cardTurn('open');
  }

  /** The newest key that is due, `null` when none is or when its counter would mean a later one. */
  private keyTurn(part: number): Turn | null {
    // An encoder that runs ahead of playout must not take the media clock's word for it.
    const media = this.session.card.t0Ms + part * PART_MS;
    const now = this.nowMs === null ? media : Math.min(media, this.nowMs());
    const slot = this.session.newestDisclosable(now);
    const body = slot === 0 ? null : this.session.keyForDisclosure(slot, now);
    const ctr = slot % COUNTERS;
    if (body === null || resolveKeyCounter(ctr, slotOfPart(part)) !== slot) return null;
    return { frame: { type: FrameType.KEY, ctr, body } };
  }

  private sealedTurn(part: number): Turn {
    // Without a key for its MAC, because the card ends before, nothing but symbols goes.
    const keyed = authKeySlot(part) <= this.session.slots ? this.keyedTurn(part) : null;
    const turn = keyed ?? this.checkpointTurn() ?? this.cardTurn('sealed');
    if (!keyed) this.symbolOwed = false;
    else if (turn.frame.type !== FrameType.AUTH) this.symbolOwed = true;
    this.lastSealed = turn.frame.type;
    return turn;
  }

  /** The frame whose MAC takes a slot's key, if one is due: AUTH, CHAL or DUPX. */
  private keyedTurn(part: number): Turn | null {
    const waits = this.nonces.length > 0;
    if (this.auth && !(waits && this.lastSealed === FrameType.AUTH)) return this.authTurn(part, this.auth);
    if (this.symbolOwed) return null;
    return waits ? this.challengeTurn(part) : this.heardTurn(part);
  }

  private authTurn(part: number, { epoch, state, digest }: NonNullable<FrameScheduler['auth']>): Turn {
    this.auth = null;
    const body = encodeAuth(this.session.keyForSlot(authKeySlot(part)), this.session.cardHash, epoch, state, digest);
    return {
      frame: { type: FrameType.AUTH, ctr: epoch % COUNTERS, body },
      done: (carried) => {
        if (carried) this.windows.add(epoch, body);
      },
    };
  }

  private challengeTurn(part: number): Turn {
    const waiting = this.nonces.shift()!;
    const slot = authKeySlot(part);
    const body = challengeAnswer(this.session.keyForSlot(slot), this.session.cardHash, slot, waiting.nonce);
    waiting.turns++;
    return {
      frame: { type: FrameType.CHAL, ctr: waiting.number % COUNTERS, body },
      done: (carried) => {
        if (!carried && waiting.turns < CHALLENGE_TURNS) this.nonces.unshift(waiting);
      },
    };
  }

  private heardTurn(part: number): Turn | null {
    const first = slotOfPart(part);
    const { session } = this;
    const witness = this.witness;
    if (!witness || first - this.witnessedSlot < session.card.epochSlots) return null;
    this.witness = null;
    const ctr = witness.slot % COUNTERS;
    if (resolveHeardCounter(ctr, first) !== witness.slot) return null;
    this.witnessedSlot = first;
    const slot = authKeySlot(part);
    const body = encodeHeard(session.keyForSlot(slot), session.cardHash, slot, witness.slot, witness.digest);
    return { frame: { type: FrameType.DUPX, ctr, body } };
  }

  private locator(): Turn {
    return { frame: { type: FrameType.LOC, ctr: 0, body: this.session.locator.slice() } };
  }

  private checkpointTurn(): Turn | null {
    const window = this.windows.checkpoints.length - 1;
    if (window < 0) return null;
    const checkpoint = this.windows.checkpoints[window];
    if (this.queuedWindow !== window) this.checkpointQueue = new SymbolQueue(checkpoint.bodies.length);
    this.queuedWindow = window;
    return symbolTurn(this.checkpointQueue!, checkpointType(window), (index) => checkpointSymbol(checkpoint, index));
  }

  private cardTurn(lane: Lane): Turn {
    return symbolTurn(this.card[lane], FrameType.CARD, (index) => rsEncode(this.symbols, index));
  }
}

function symbolTurn(queue: SymbolQueue, type: FrameType, symbol: (index: number) => Uint8Array): Turn {
  const ctr = queue.take();
  return { frame: { type, ctr, body: concat(symbol(ctr), symbol(ctr + 1)) }, done: (carried) => queue.report(ctr, carried) };
}
