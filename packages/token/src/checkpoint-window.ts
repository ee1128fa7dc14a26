/**
 * The operator's side of checkpoints: collects the AUTH bodies that were carried and signs each window as it fills.
 */
import { type Checkpoint, checkpointEpochs, createCheckpoint, WINDOW_SPAN, windowAuths } from './checkpoint.ts';
import { TokenError } from './errors.ts';

export class CheckpointWindows {
  private readonly cardHash: Uint8Array;
  private readonly sign: (message: Uint8Array) => Uint8Array;
  private readonly signed: Checkpoint[] = [];
  private bodies: Uint8Array[] = [];
  private start = 0;
  private map = 0;
  private lastEpoch = 0;

  constructor(cardHash: Uint8Array, sign: (message: Uint8Array) => Uint8Array) {
    this.cardHash = cardHash;
    this.sign = sign;
  }

  /** Signed so far; the index is the window's number. */
  get checkpoints(): readonly Checkpoint[] {
    return this.signed;
  }

  /** Newest epoch that a signed checkpoint holds; 0 before the first. */
  get coveredEpoch(): number {
    return this.signed.length === 0 ? 0 : (checkpointEpochs(this.signed[this.signed.length - 1]).at(-1) ?? 0);
  }

  /**
   * Adds an AUTH body that was carried; epochs must rise. Closes the window before it when 32 epochs have passed, and after it
   * when it is full.
   */
  add(epoch: number, body: Uint8Array): void {
    if (!Number.isInteger(epoch) || epoch <= this.lastEpoch || epoch > 0xffff)
      throw new TokenError('bad-argument', 'epochs must rise');
    if (this.bodies.length > 0 && epoch - this.start >= WINDOW_SPAN) this.close();
    if (this.bodies.length === 0) {
      this.start = epoch;
      this.map = 0;
    }
    this.map = (this.map | (1 << (31 - (epoch - this.start)))) >>> 0;
    this.bodies.push(body.slice());
    this.lastEpoch = epoch;
    if (this.bodies.length === windowAuths(this.signed.length)) this.close();
  }

  /** Signs what has been collected, if anything: at the session's end, or when a window spans too long. */
  close(): void {
    if (this.bodies.length === 0) return;
    const missing = windowAuths(this.signed.length) - this.bodies.length;
    const padding = Array.from({ length: missing }, () => new Uint8Array(6));
    const previous = this.signed.at(-1);
    this.signed.push(
      createCheckpoint(
        {
          windowStart: this.start,
          presenceMap: this.map,
          previousHash: previous === undefined ? new Uint8Array(6) : previous.hash.slice(0, 6),
          bodies: [...this.bodies, ...padding],
        },
        this.cardHash,
        this.sign,
      ),
    );
    this.bodies = [];
  }
}
