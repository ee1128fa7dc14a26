import {
  CheckpointWindows,
  cardSymbols,
  checkpointSymbol,
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
const frame = (ctr: number, body = rsEncode(symbols, ctr)): Frame => ({ type: FrameType.CARD, ctr, body });
const wrong = new Uint8Array(6).fill(9);

describe('the card from the sound alone', () => {
  it('is read from any 27 symbols, once', () => {
    const gathered = new CardSymbols(card.locator);
    const read = [...Array(32).keys()].filter((i) => i % 7 !== 2).map((i) => gathered.take(frame(i)));
    expect(read.filter((c) => c !== null)).toEqual([card]);
  });
  it('survives one wrong symbol, and never takes a card that is not the locator’s', () => {
    const gathered = new CardSymbols(card.locator);
    const read = [...Array(30).keys()].map((i) => gathered.take(i === 5 ? frame(5, wrong) : frame(i)));
    expect(read.filter((c) => c !== null)).toEqual([card]);
    const other = new CardSymbols(new Uint8Array(6));
    expect([...Array(32).keys()].map((i) => other.take(frame(i))).every((c) => c === null)).toBe(true);
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
  const ckpt = (ctr: number, body = checkpointSymbol(first, ctr)): Frame => ({ type: FrameType.CKPT0, ctr, body });

  it('come together from the AUTH frames that they sign and 13 symbols of their own', () => {
    const gathered = new CheckpointSymbols(card);
    for (const epoch of [1, 2, 3, 4, 5]) expect(gathered.auth(auth(epoch))).toBe(null);
    const read = [...Array(13).keys()].map((i) => gathered.take(ckpt(4 + i)));
    // Epoch 3 was heard and is not signed: the header says so.
    expect(read.filter((c) => c !== null)).toEqual([first]);
  });
  it('come together without any AUTH from more symbols, also with one wrong', () => {
    const gathered = new CheckpointSymbols(card);
    const read = [...Array(20).keys()].map((i) => gathered.take(ckpt(8 + i, i === 3 ? wrong : undefined)));
    expect(read.filter((c) => c !== null)).toEqual([first]);
  });
  it('follow each other by the type that alternates', () => {
    const gathered = new CheckpointSymbols(card);
    for (let i = 4; i < 24; i++) gathered.take(ckpt(i));
    for (let epoch = 6; epoch <= 20; epoch++) gathered.auth(auth(epoch));
    const read = [...Array(16).keys()].map((i) =>
      gathered.take({ type: FrameType.CKPT1, ctr: 16 + i, body: checkpointSymbol(second, 16 + i) }),
    );
    expect(read.filter((c) => c !== null)).toEqual([second]);
  });
  it('never come from another session key', () => {
    const gathered = new CheckpointSymbols(createSession({ issuer: generateIssuerKey('x'), agent: 'b', t0Ms: 0 }).card);
    expect([...Array(28).keys()].map((i) => gathered.take(ckpt(4 + i))).every((c) => c === null)).toBe(true);
  });
});
