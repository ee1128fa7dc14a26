/**
 * Which frame each lane sends next (protocol/spec/03-frames.md). A frame lasts from 4 to 16 parts, as long as the speech needs to carry
 * it, so the schedule counts turns, not time.
 *
 * Open lane: every eighth turn is LOC, the first one too. The others bring the card's symbols until all were carried once; from then on
 * they go KEY0 KEY1 CARD CARD CARD CARD. Sealed lane: the newest epoch's AUTH as soon as there is one, otherwise symbols of the
 * newest checkpoint, and before the first checkpoint symbols of the card.
 */
import { type AuthState, encodeAuth, encodeKeyHalf, resolveKeyCounter } from './auth.ts';
import { cardSymbols } from './card.ts';
import { type Checkpoint, checkpointSymbol, checkpointType } from './checkpoint.ts';
import { CheckpointWindows } from './checkpoint-window.ts';
import { authKeySlot, PART_MS, slotOfPart } from './clock.ts';
import { TokenError } from './errors.ts';
import { type Frame, FrameType, type Lane } from './frame.ts';
import { rsEncode } from './reed-solomon.ts';
import type { Session } from './session.ts';

/** Symbols 0 to 31 fit the frame counter. */
const COUNTERS = 32;
/** Turns of the open lane from one LOC to the next. */
const LOC_EVERY = 8;
/** The open lane's other turns once the card was carried. */
const CYCLE = ['KEY0', 'KEY1', 'CARD', 'CARD', 'CARD', 'CARD'] as const;

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

  /** Gives the outcome of an epoch; the next frame of the sealed lane is its AUTH. One that could not be sent yet gives way. */
  closeEpoch(epoch: number, state: AuthState, digest22: number): void {
    this.auth = { epoch, state, digest: digest22 };
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
    if (this.card.open.carried.size < this.symbols.length) return this.cardTurn('open');
    const turn = CYCLE[this.cycle++ % CYCLE.length];
    if (turn === 'CARD') return this.cardTurn('open');
    return this.keyTurn(part, turn === 'KEY0' ? 0 : 1) ?? this.cardTurn('open');
  }

  /** Half of the newest key that is due, `null` when none is or when its counter would mean a later one. */
  private keyTurn(part: number, half: 0 | 1): Turn | null {
    // An encoder that runs ahead of playout must not take the media clock's word for it.
    const media = this.session.card.t0Ms + part * PART_MS;
    const now = this.nowMs === null ? media : Math.min(media, this.nowMs());
    if (half === 0) this.keySlot = this.session.newestDisclosable(now);
    const key = this.keySlot === 0 ? null : this.session.keyForDisclosure(this.keySlot, now);
    if (key === null) return null;
    const { ctr, body } = encodeKeyHalf(this.keySlot, half, key);
    return resolveKeyCounter(ctr, slotOfPart(part))?.slot === this.keySlot ? { frame: { type: FrameType.KEY, ctr, body } } : null;
  }

  private sealedTurn(part: number): Turn {
    const due = this.auth;
    if (due === null || authKeySlot(part) > this.session.slots) return this.checkpointTurn() ?? this.cardTurn('sealed');
    this.auth = null;
    const key = this.session.keyForSlot(authKeySlot(part));
    const body = encodeAuth(key, this.session.cardHash, due.epoch, due.state, due.digest);
    return {
      frame: { type: FrameType.AUTH, ctr: due.epoch % COUNTERS, body },
      done: (carried) => {
        if (carried) this.windows.add(due.epoch, body);
      },
    };
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
  return { frame: { type, ctr, body: symbol(ctr) }, done: (carried) => queue.report(ctr, carried) };
}
