/** What Reed–Solomon symbols in the sound add up to: the card, and checkpoints (protocol/spec/05-checkpoint.md, symbols). */
import {
  type AuthBody,
  CARD_SYMBOLS,
  type Card,
  type Checkpoint,
  checkpointEpochs,
  checkpointFromSymbols,
  checkpointK,
  concat,
  constantTimeEqual,
  type Frame,
  FrameType,
  frameSymbols,
  parseCard,
  rsDecodeChecked,
  TokenError,
  verifyCheckpoint,
  windowAuths,
} from '@undertone/token';

/** Gathers the card of one locator. */
export class CardSymbols {
  readonly #locator: Uint8Array;
  readonly #symbols = new Map<number, Uint8Array>();
  #done = false;

  constructor(locator: Uint8Array) {
    this.#locator = locator;
  }

  /** Takes a checked frame. @returns the card when this frame completed it: it is the locator's, who signed it is not checked */
  take(frame: Frame): Card | null {
    if (this.#done || frame.type !== FrameType.CARD) return null;
    const before = this.#symbols.size;
    for (const [index, symbol] of frameSymbols(frame)) if (!this.#symbols.has(index)) this.#symbols.set(index, symbol);
    if (this.#symbols.size === before || this.#symbols.size < CARD_SYMBOLS) return null;
    const card = rsDecodeChecked(this.#symbols, CARD_SYMBOLS, (symbols) => this.#read(concat(...symbols)));
    this.#done = card !== null;
    return card;
  }

  /** The locator is a hash of the card, so wrong symbols cannot pass. */
  #read(bytes: Uint8Array): Card | null {
    try {
      const card = parseCard(bytes);
      return constantTimeEqual(card.locator, this.#locator) ? card : null;
    } catch (error) {
      if (error instanceof TokenError) return null;
      throw error;
    }
  }
}

/** An AUTH frame whose tag held. */
export interface HeardAuth extends AuthBody {
  readonly epoch: number;
  readonly body: Uint8Array;
}

/** Gathers a session's checkpoints, one window at a time. */
export class CheckpointSymbols {
  readonly #card: Card;
  readonly #auths: HeardAuth[] = [];
  readonly #symbols = new Map<number, Uint8Array>();
  #type: number = FrameType.CKPT0;
  /** Windows before the one that is gathered. */
  #window = 0;
  #covered = 0;
  #done = false;

  constructor(card: Card) {
    this.#card = card;
  }

  /** Takes an AUTH body: it is a symbol of its window already. @returns the checkpoint that it completed */
  auth(auth: HeardAuth): Checkpoint | null {
    this.#auths.push(auth);
    return this.#try();
  }

  /** Takes a CKPT frame. @returns the checkpoint that it completed */
  take(frame: Frame): Checkpoint | null {
    if (frame.type !== FrameType.CKPT0 && frame.type !== FrameType.CKPT1) return null;
    if (frame.type !== this.#type) {
      // The type alternates: another window has begun.
      this.#type = frame.type;
      this.#window++;
      this.#symbols.clear();
      this.#done = false;
    }
    for (const [index, symbol] of frameSymbols(frame)) this.#symbols.set(index, symbol);
    return this.#try();
  }

  #try(): Checkpoint | null {
    const bodies = windowAuths(this.#window);
    const k = checkpointK(bodies);
    if (this.#done || this.#symbols.size + bodies < k) return null;
    const received = new Map(this.#symbols);
    this.#places(bodies).forEach((auth, i) => {
      if (auth) received.set(i, auth.body);
    });
    if (received.size < k) return null;
    const checkpoint = rsDecodeChecked(received, k, (symbols) => {
      const read = checkpointFromSymbols(symbols);
      return read && verifyCheckpoint(read, this.#card).ok ? read : null;
    });
    if (!checkpoint) return null;
    this.#done = true;
    this.#covered = checkpointEpochs(checkpoint).at(-1)!;
    return checkpoint;
  }

  /** Which AUTH is which symbol: as the header says if it was heard, else in the order heard. */
  #places(bodies: number): (HeardAuth | undefined)[] {
    const header = this.#symbols.get(bodies);
    const fresh = this.#auths.filter(({ epoch }) => epoch > this.#covered);
    if (!header) return fresh.slice(0, bodies);
    const view = new DataView(header.buffer, header.byteOffset);
    const epochs = checkpointEpochs({ windowStart: view.getUint16(0), presenceMap: view.getUint32(2) });
    return epochs.slice(0, bodies).map((epoch) => fresh.find((auth) => auth.epoch === epoch));
  }
}
