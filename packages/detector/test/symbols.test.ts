import {
  type Checkpoint,
  CheckpointWindows,
  cardSymbols,
  checkpointSymbol,
  concat,
  createSession,
  type Frame,
  FrameType,
  generateIssuerKey,
  rsEncode,
} from '@undertone/token';
import { describe, expect, it } from 'vitest';
import { CardSymbols, CheckpointSymbols } from '../src/symbols.ts';

const session = createSession({ issuer: generateIssuerKey('Issuer'), agent: 'a', t0Ms: Date.UTC(2026, 0, 1) });
const { card } = session;
const symbols = cardSymbols(card);
/** The frame of the symbols `ctr` and the one after it. */
const frame = (ctr: number, body = concat(rsEncode(symbols, ctr), rsEncode(symbols, (ctr + 1) % 32))): Frame => ({
  type: FrameType.CARD,
  ctr,
  body,
});
const wrong = new Uint8Array(12).fill(9);
/** Every second number of `n` from `from` on. */
const evens = (from: number, n: number): number[] => Array.from({ length: n }, (_, i) => from + 2 * i);

describe('the card from the sound alone', () => {
  it('is read from any 14 frames of two symbols, once', () => {
    const gathered = new CardSymbols(card.locator);
    const read = evens(0, 16)
      .filter((i) => i !== 4 && i !== 20)
      .map((i) => gathered.take(frame(i)));
    expect(read.filter((c) => c !== null)).toEqual([card]);
  });
  it('is read from frames that begin with an odd symbol too, the last of which ends with the first', () => {
    const gathered = new CardSymbols(card.locator);
    const read = evens(5, 14).map((i) => gathered.take(frame(i)));
    expect(evens(5, 14).at(-1)).toBe(31);
    expect(read.filter((c) => c !== null)).toEqual([card]);
  });
  it('survives one wrong frame, and never takes a card that is not the locator’s', () => {
    const gathered = new CardSymbols(card.locator);
    const read = evens(0, 16).map((i) => gathered.take(i === 4 ? frame(i, wrong) : frame(i)));
    expect(read.filter((c) => c !== null)).toEqual([card]);
    const other = new CardSymbols(new Uint8Array(6));
    expect(
      evens(0, 14)
        .map((i) => other.take(frame(i)))
        .every((c) => c === null),
    ).toBe(true);
  });
});

describe('checkpoints from the sound alone', () => {
  const windows = new CheckpointWindows(session.cardHash, (m) => session.signWithSessionKey(m));
  const auth = (epoch: number) => ({
    epoch,
    state: 'full' as const,
    digest: 0,
    tag: 0,
    body: Uint8Array.of(epoch, 1, 2, 3, 4, 5),
  });
  for (let epoch = 1; epoch <= 20; epoch++) if (epoch !== 3) windows.add(epoch, auth(epoch).body);
  windows.close();
  const [first, second] = windows.checkpoints;
  const pair = (of: Checkpoint, ctr: number): Uint8Array => concat(checkpointSymbol(of, ctr), checkpointSymbol(of, ctr + 1));
  const ckpt = (ctr: number, body = pair(first, ctr)): Frame => ({ type: FrameType.CKPT0, ctr, body });

  it('come together from the AUTH frames that they sign and 7 frames of their own', () => {
    const gathered = new CheckpointSymbols(card);
    for (const epoch of [1, 2, 3, 4, 5]) expect(gathered.auth(auth(epoch))).toBe(null);
    const read = evens(4, 7).map((i) => gathered.take(ckpt(i)));
    // Epoch 3 was heard and is not signed: the header says so.
    expect(read.filter((c) => c !== null)).toEqual([first]);
  });
  it('come together without any AUTH from more symbols, also with one wrong', () => {
    const gathered = new CheckpointSymbols(card);
    const read = evens(8, 11).map((i) => gathered.take(ckpt(i, i === 14 ? wrong : undefined)));
    expect(read.filter((c) => c !== null)).toEqual([first]);
  });
  it('follow each other by the type that alternates', () => {
    const gathered = new CheckpointSymbols(card);
    for (const i of evens(4, 10)) gathered.take(ckpt(i));
    for (let epoch = 6; epoch <= 20; epoch++) gathered.auth(auth(epoch));
    const read = evens(16, 8).map((ctr) => gathered.take({ type: FrameType.CKPT1, ctr, body: pair(second, ctr) }));
    expect(read.filter((c) => c !== null)).toEqual([second]);
  });
  it('never come from another session key', () => {
    const gathered = new CheckpointSymbols(createSession({ issuer: generateIssuerKey('x'), agent: 'b', t0Ms: 0 }).card);
    expect(
      evens(4, 10)
        .map((i) => gathered.take(ckpt(i)))
        .every((c) => c === null),
    ).toBe(true);
  });
});
