/**
 * Which frame each lane sends in which group (protocol page §4, Frame).
 *
 * Open lane: LOC in groups 0 and 1, then a cycle of eight: CARD CARD LOC KEY0 KEY1 CARD CARD LOC; KEY turns are CARD turns until the whole card
 * was carried once in this lane. Sealed lane: the first group
 * of an epoch sends the AUTH of the epoch before, the others a CARD or checkpoint symbol. Each lane walks through the symbols'
 * indices by itself, and one that was not carried is sent again at the next turn of its kind.
 */
import { type AuthState, encodeAuth, encodeKeyHalf, resolveKeyCounter } from './auth.ts';
import { cardSymbols } from './card.ts';
import { type Checkpoint, checkpointSymbol, checkpointType } from './checkpoint.ts';
import { CheckpointWindows } from './checkpoint-window.ts';
import { epochOfSlot, firstSlotOfGroup, lastSlotOfGroup, SLOTS_PER_GROUP, slotStartMs } from './clock.ts';
import { TokenError } from './errors.ts';
import { encodeFrame, type Frame, FrameType, type Lane } from './frame.ts';
import { rsEncode } from './reed-solomon.ts';
import type { Session } from './session.ts';

/** Symbols 0 to 31 fit the frame counter. */
const COUNTERS = 32;

export type OpenTurn = 'LOC' | 'CARD' | 'KEY0' | 'KEY1';
const OPEN_START: readonly OpenTurn[] = ['LOC', 'LOC'];
const OPEN_CYCLE: readonly OpenTurn[] = ['CARD', 'CARD', 'LOC', 'KEY0', 'KEY1', 'CARD', 'CARD', 'LOC'];

/** What the open lane's turn is in a group. */
export function openTurn(group: number): OpenTurn {
  return group < OPEN_START.length ? OPEN_START[group] : OPEN_CYCLE[(group - OPEN_START.length) % OPEN_CYCLE.length];
}

/** Epoch whose AUTH the sealed lane sends in a group, or `null` when it is a symbol's turn. */
export function authEpochForGroup(group: number, epochSlots: number): number | null {
  const first = firstSlotOfGroup(group);
  return first > 1 && (first - 1) % epochSlots === 0 ? epochOfSlot(first, epochSlots) - 1 : null;
}

/** Walks through the indices `from` … 31; those reported lost come first. */
class SymbolQueue {
  private readonly from: number;
  private at: number;
  private readonly again: number[] = [];
  readonly carried: Set<number> = new Set();

  constructor(from: number) {
    this.from = from;
    this.at = from;
  }

  take(): number {
    const lost = this.again.shift();
    if (lost !== undefined) return lost;
    const index = this.at;
    this.at = index + 1 < COUNTERS ? index + 1 : this.from;
    return index;
  }

  report(index: number, carried: boolean): void {
    if (carried) this.carried.add(index);
    else if (!this.again.includes(index)) this.again.push(index);
  }
}

type Sent = { readonly frame: Frame; readonly epoch: number; readonly queue: SymbolQueue | null; reported: boolean };

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
  /** Each lane walks by itself: the sealed lane cannot be read before the card is known, so the open one must do alone. */
  private readonly cardQueues: { readonly [lane in Lane]: SymbolQueue } = {
    open: new SymbolQueue(0),
    sealed: new SymbolQueue(0),
  };
  private readonly windows: CheckpointWindows;
  private readonly auths: Map<number, { readonly state: AuthState; readonly digest: number }> = new Map();
  private readonly sent: Map<string, Sent> = new Map();
  private checkpointQueue: SymbolQueue | null = null;
  private queuedWindow = -1;
  private checkpointTurn = true;
  private keySlot = 0;

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

  /** Gives the outcome of an epoch; call it before `next('sealed', …)` of the group that follows the epoch. */
  auth(epoch: number, state: AuthState, digest22: number): void {
    this.auths.set(epoch, { state, digest: digest22 });
  }

  /**
   * The frame of a lane in a group, groups counted from 0 in rising order. Asking again for the same gives the same.
   * Throws `chain-slot` when the group reaches past the card's span.
   */
  next(lane: Lane, group: number): Frame {
    const id = `${lane} ${group}`;
    const known = this.sent.get(id);
    if (known !== undefined) return known.frame;
    if (!Number.isInteger(group) || group < 0 || lastSlotOfGroup(group) > this.session.slots) {
      throw new TokenError('chain-slot', `group ${group}`);
    }
    const chosen = lane === 'open' ? this.open(group) : this.sealed(group);
    this.sent.set(id, chosen);
    return chosen.frame;
  }

  /** The 9 bytes of {@link next}. */
  nextBytes(lane: Lane, group: number): Uint8Array {
    return encodeFrame(this.next(lane, group), lane, this.session.locator);
  }

  /** Reports whether the encoder's self-check judged a frame carried. Counts once for each frame. */
  carried(lane: Lane, group: number, ok: boolean): void {
    const entry = this.sent.get(`${lane} ${group}`);
    if (entry === undefined || entry.reported) return;
    entry.reported = true;
    entry.queue?.report(entry.frame.ctr, ok);
    if (entry.epoch > 0 && ok) this.windows.add(entry.epoch, entry.frame.body);
  }

  /** Ends the session: signs the window in progress, so that the session record covers every AUTH carried. */
  finish(): void {
    this.windows.close();
  }

  private open(group: number): Sent {
    const turn = openTurn(group);
    if (turn === 'LOC') return this.locator();
    const cardWaits = this.cardQueues.open.carried.size < this.symbols.length;
    // A key opens nothing to whoever has no card yet.
    if (turn !== 'CARD' && cardWaits) return this.cardFrame('open');
    // Until the whole card was carried once, nothing competes with it here.
    if (turn === 'CARD') return cardWaits ? this.cardFrame('open') : this.symbolFrame('open');
    if (turn === 'KEY0') this.keySlot = this.session.newestDisclosable(this.keyTimeMs(group));
    if (this.keySlot === 0) return this.locator();
    const key = this.session.keyForDisclosure(this.keySlot, this.keyTimeMs(group));
    if (key === null) return this.locator();
    const half = encodeKeyHalf(this.keySlot, turn === 'KEY0' ? 0 : 1, key);
    // The counter holds the slot modulo 16: a key too old to be told from a later one would only mislead.
    if (resolveKeyCounter(half.ctr, firstSlotOfGroup(group))?.slot !== this.keySlot) return this.locator();
    return plain({ type: FrameType.KEY, ...half });
  }

  private sealed(group: number): Sent {
    const epoch = authEpochForGroup(group, this.session.card.epochSlots);
    const auth = epoch === null ? undefined : this.auths.get(epoch);
    if (epoch === null || auth === undefined) return this.symbolFrame('sealed');
    const key = this.session.keyForSlot(lastSlotOfGroup(group));
    const body = encodeAuth(key, this.session.cardHash, epoch, auth.state, auth.digest);
    return { frame: { type: FrameType.AUTH, ctr: epoch % COUNTERS, body }, epoch, queue: null, reported: false };
  }

  /** Start of the group by the media clock, or the operator's clock where that is earlier; ms since 1970. */
  private keyTimeMs(group: number): number {
    const media = this.session.card.t0Ms + slotStartMs(firstSlotOfGroup(group));
    return this.nowMs === null ? media : Math.min(media, this.nowMs());
  }

  private locator(): Sent {
    return plain({ type: FrameType.LOC, ctr: 0, body: this.session.locator.slice() });
  }

  /** A CARD symbol, or in turn a symbol of the newest checkpoint. */
  private symbolFrame(lane: Lane): Sent {
    const window = this.windows.checkpoints.length - 1;
    if (window < 0) return this.cardFrame(lane);
    const checkpoint = this.windows.checkpoints[window];
    if (this.queuedWindow !== window || this.checkpointQueue === null) {
      this.checkpointQueue = new SymbolQueue(checkpoint.bodies.length);
      this.queuedWindow = window;
    }
    const queue = this.checkpointQueue;
    this.checkpointTurn = !this.checkpointTurn;
    if (this.checkpointTurn) return this.cardFrame(lane);
    const index = queue.take();
    return {
      frame: { type: checkpointType(window), ctr: index, body: checkpointSymbol(checkpoint, index) },
      epoch: 0,
      queue,
      reported: false,
    };
  }

  private cardFrame(lane: Lane): Sent {
    const queue = this.cardQueues[lane];
    const index = queue.take();
    return {
      frame: { type: FrameType.CARD, ctr: index, body: rsEncode(this.symbols, index) },
      epoch: 0,
      queue,
      reported: false,
    };
  }
}

function plain(frame: Frame): Sent {
  return { frame, epoch: 0, queue: null, reported: false };
}

/** Groups in a card's span. */
export function groupsOf(session: Pick<Session, 'slots'>): number {
  return Math.floor(session.slots / SLOTS_PER_GROUP);
}
