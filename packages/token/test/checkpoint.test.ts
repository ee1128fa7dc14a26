import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  authSymbolIndex,
  CheckpointWindows,
  checkpointEpochs,
  checkpointFollows,
  checkpointFromSymbols,
  checkpointK,
  checkpointSymbol,
  checkpointSymbols,
  checkpointType,
  createCheckpoint,
  FrameType,
  parseCheckpoint,
  rsDecode,
  rsDecodeChecked,
  verifyCheckpoint,
} from '../src/index.ts';
import { flip, seeded, session } from './fixtures.ts';

const made = session();
const sign = made.signWithSessionKey;
const body = (epoch: number): Uint8Array => seeded(`auth ${epoch}`)(6);

function windows(epochs: readonly number[]): CheckpointWindows {
  const out = new CheckpointWindows(made.cardHash, sign);
  for (const epoch of epochs) out.add(epoch, body(epoch));
  return out;
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('checkpoint', () => {
  const [first, second] = windows(upTo(20)).checkpoints;

  it('closes after 4 AUTHs, then after 16', () => {
    expect(windows(upTo(3)).checkpoints).toHaveLength(0);
    expect(windows(upTo(35)).checkpoints).toHaveLength(2);
    expect(windows(upTo(36)).checkpoints).toHaveLength(3);
    expect([first, second].map((item) => item.bytes.length)).toEqual([100, 172]);
    expect([checkpointK(4), checkpointK(16)]).toEqual([17, 29]);
    expect([checkpointType(0), checkpointType(1), checkpointType(2)]).toEqual([
      FrameType.CKPT0,
      FrameType.CKPT1,
      FrameType.CKPT0,
    ]);
    expect(checkpointEpochs(first)).toEqual([1, 2, 3, 4]);
    expect(windows(upTo(20)).coveredEpoch).toBe(20);
  });

  it('is signed by the session, and names the one before', () => {
    for (const item of [first, second]) {
      expect(parseCheckpoint(item.bytes)).toEqual(item);
      expect(verifyCheckpoint(item, made.card)).toEqual({ ok: true });
      expect(verifyCheckpoint(item, session({ random: seeded('x') }).card).ok).toBe(false);
    }
    expect(checkpointFollows(first, null)).toBe(true);
    expect(checkpointFollows(second, first)).toBe(true);
    expect(checkpointFollows(second, null)).toBe(false);
  });

  it('fails with any byte changed', () => {
    for (let i = 0; i < first.bytes.length; i++) {
      let ok = false;
      try {
        ok = verifyCheckpoint(parseCheckpoint(flip(first.bytes, i)), made.card).ok;
      } catch (error) {
        expect(error).toMatchObject({ code: 'checkpoint-malformed' });
      }
      expect(ok, `byte ${i}`).toBe(false);
    }
  });

  it('leaves out epochs that were not carried, and says so in the map', () => {
    const [item] = windows([2, 3, 7, 33]).checkpoints;
    expect(item).toMatchObject({ windowStart: 2, presenceMap: 0xc4000001 });
    expect(checkpointEpochs(item)).toEqual([2, 3, 7, 33]);
    expect([authSymbolIndex(item, 7), authSymbolIndex(item, 4)]).toEqual([2, -1]);
  });

  it('closes early when 32 epochs have passed, and at the end', () => {
    const list = windows([1, 2, 34]);
    expect(list.checkpoints.map(checkpointEpochs)).toEqual([[1, 2]]);
    list.close();
    list.close();
    expect(list.checkpoints.map(checkpointEpochs)).toEqual([[1, 2], [34]]);
    expect(list.checkpoints[0].bodies.slice(2)).toEqual([new Uint8Array(6), new Uint8Array(6)]);
    expect(list.checkpoints.every((item) => verifyCheckpoint(item, made.card).ok)).toBe(true);
    expect(() => list.add(34, body(34))).toThrow('bad-argument');
  });

  it('comes back from AUTH and CKPT frames with losses and a wrong symbol', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          upTo(32).map((i) => i - 1),
          { minLength: 32, maxLength: 32 },
        ),
        (order) => {
          const received = new Map(order.slice(0, 31).map((i) => [i, checkpointSymbol(second, i)] as const));
          received.set(order[0], new Uint8Array(6).fill(7));
          const symbols = rsDecode(received, 29);
          expect(symbols).toEqual(checkpointSymbols(second));
          expect(checkpointFromSymbols(symbols ?? [])?.bytes).toEqual(second.bytes);
        },
      ),
      { numRuns: 10 },
    );
    const short = new Map(upTo(18).map((i) => [i - 1, checkpointSymbol(first, i - 1)] as const));
    short.set(0, new Uint8Array(6));
    const judged = rsDecodeChecked(short, 17, (symbols) => {
      const item = checkpointFromSymbols(symbols);
      return item !== null && verifyCheckpoint(item, made.card).ok ? item : null;
    });
    expect(judged?.bytes).toEqual(first.bytes);
  });

  it('refuses maps that leave room for a second reading', () => {
    const fields = { windowStart: 5, presenceMap: 0xf0000000, previousHash: new Uint8Array(6), bodies: upTo(4).map(body) };
    const bad =
      (change: object): (() => unknown) =>
      () =>
        createCheckpoint({ ...fields, ...change }, made.cardHash, sign);
    expect(bad({ presenceMap: 0x70000000 })).toThrow('checkpoint-malformed');
    expect(bad({ presenceMap: 0xf8000000 })).toThrow('checkpoint-malformed');
    expect(bad({ presenceMap: 0xe0000000 })).toThrow('checkpoint-malformed');
    expect(bad({ windowStart: 0 })).toThrow('checkpoint-malformed');
    expect(bad({ bodies: upTo(5).map(body) })).toThrow('checkpoint-malformed');
    expect(bad({ previousHash: new Uint8Array(5) })).toThrow('checkpoint-malformed');
    expect(checkpointFromSymbols([])).toBeNull();
    expect(checkpointFromSymbols(upTo(17).map(() => new Uint8Array(6)))).toBeNull();
  });
});
