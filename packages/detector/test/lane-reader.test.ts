import { codewordPart, encodeCodeword } from '@undertone/signal';
import {
  bytesToBits,
  createSession,
  encodeFrame,
  FRAME_SHAPES,
  type Frame,
  FrameScheduler,
  frameKind,
  generateIssuerKey,
  type Lane,
} from '@undertone/token';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeardFrame, LaneReader } from '../src/lane-reader.ts';

const session = createSession({ issuer: generateIssuerKey('Issuer'), agent: 'a', t0Ms: Date.UTC(2026, 0, 1) });
const PART_BITS = 32;

/** A generator of fractions that every run can repeat. */
function sequence(seed: number): () => number {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    return x / 2 ** 31;
  };
}

interface Sent {
  readonly frame: Frame;
  readonly firstPart: number;
}

/** The first frames of a lane, each as long as it likes, as ratios of ±`strength`; one in `wrongEvery` contradicts. */
function transmit(lane: Lane, count: number, seed: number, strength: number, wrongEvery: number) {
  const next = sequence(seed);
  const scheduler = new FrameScheduler(session);
  const sent: Sent[] = [];
  const parts: Float32Array[] = [];
  for (let turn = 0; turn < count; turn++) {
    const firstPart = parts.length;
    if (lane === 'sealed' && turn % 3 === 1) scheduler.closeEpoch(1 + turn, 'full', turn);
    const frame = scheduler.next(lane, firstPart);
    const coded = encodeCodeword(bytesToBits(encodeFrame(frame, lane, session.locator)));
    const { minParts } = FRAME_SHAPES[frameKind(frame.type)];
    const lasts = minParts + 2 + Math.floor(4 * next());
    for (let part = 0; part < lasts; part++)
      parts.push(
        Float32Array.from(codewordPart(coded, part), (bit) => ((bit === 1) !== next() < 1 / wrongEvery ? strength : -strength)),
      );
    scheduler.report(lane, true);
    sent.push({ frame, firstPart });
  }
  if (parts.length % 2 === 1) parts.push(new Float32Array(PART_BITS));
  return { sent, parts };
}

function readAll(reader: LaneReader, parts: readonly Float32Array[], from = 0): HeardFrame[] {
  const frames: HeardFrame[] = [];
  for (let slot = from; 2 * slot < parts.length; slot++)
    frames.push(...reader.push(slot, Float32Array.of(...parts[2 * slot], ...parts[2 * slot + 1])));
  return frames;
}
const heardOf = (frames: readonly HeardFrame[]): Sent[] => frames.map(({ frame, firstPart }) => ({ frame, firstPart }));
const seeds = fc.integer({ min: 1, max: 1e6 });

describe('a lane', () => {
  it('is read frame by frame, single and double ones, wherever they end', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom<Lane>('open', 'sealed'), (seed, lane) => {
        const { sent, parts } = transmit(lane, 9, seed, 3, 30);
        const reader = new LaneReader(lane, lane === 'sealed' ? session.locator : null);
        expect(heardOf(readAll(reader, parts))).toEqual(sent);
        expect(reader.locator).toEqual(session.locator);
      }),
      { numRuns: 6 },
    );
  });
  it('is read again after a frame that was not heard, and from the middle by whoever knows the session', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { sent, parts } = transmit('open', 8, seed, 3, 30);
        const silent = parts.map((part, i) => (i >= sent[3].firstPart && i < sent[4].firstPart ? part.map(() => 0) : part));
        expect(heardOf(readAll(new LaneReader('open', session.locator), silent))).toEqual(sent.filter((_, i) => i !== 3));
        const from = Math.ceil(sent[2].firstPart / 2);
        const late = heardOf(readAll(new LaneReader('open', session.locator), parts, from));
        expect(late).toEqual(sent.filter(({ firstPart }) => firstPart >= 2 * from));
      }),
      { numRuns: 4 },
    );
  });
  it('tells nothing but a locator to whoever does not know the session, and nothing when there is nothing', () => {
    const { sent, parts } = transmit('open', 4, 7, 3, 30);
    const stranger = heardOf(readAll(new LaneReader('open', new Uint8Array(6)), parts));
    expect(stranger).toEqual([sent[0]]);
    const next = sequence(5);
    const noise = Array.from({ length: 60 }, () => Float32Array.from({ length: PART_BITS }, () => 6 * (next() - 0.5)));
    expect(readAll(new LaneReader('open', session.locator), noise)).toEqual([]);
  });
});
