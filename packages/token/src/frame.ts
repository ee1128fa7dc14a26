/**
 * The protocol frame (protocol/spec/03-frames.md): a single one has 72 bits, a double one, which brings a whole key or two symbols under one
 * head and check, 120. The type says which.
 *
 * `type 3 | ctr 5 | body 48 or 96 | check 16`, most significant bit first. The check is CRC-16 (polynomial 0x1021, initial
 * value 0xffff, nothing reflected, no final XOR) over locator ‖ lane ‖ type·ctr byte ‖ body, the locator omitted for LOC.
 * The locator ties a frame to its session without costing a bit; lane is one byte, 0 open, 1 sealed.
 */
import { concat, readUint, u16 } from './bytes.ts';
import { TokenError } from './errors.ts';

export type FrameKind = 'single' | 'double';

/** What the frames of one kind have in common. */
export type FrameShape = {
  readonly bodyBytes: number;
  readonly bytes: number;
  /** Fewest and most parts of 1.28 s that a frame lasts. */
  readonly minParts: number;
  readonly maxParts: number;
};

export const FRAME_SHAPES: { readonly [kind in FrameKind]: FrameShape } = {
  single: { bodyBytes: 6, bytes: 9, minParts: 4, maxParts: 16 },
  double: { bodyBytes: 12, bytes: 15, minParts: 6, maxParts: 32 },
};

export const FrameType: {
  readonly LOC: 0;
  readonly AUTH: 1;
  readonly KEY: 2;
  readonly CARD: 3;
  readonly CKPT0: 4;
  readonly CKPT1: 5;
  readonly CHAL: 6;
  readonly DUPX: 7;
} = { LOC: 0, AUTH: 1, KEY: 2, CARD: 3, CKPT0: 4, CKPT1: 5, CHAL: 6, DUPX: 7 };
export type FrameType = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

export const FRAME_TYPE_NAMES: readonly string[] = ['LOC', 'AUTH', 'KEY', 'CARD', 'CKPT0', 'CKPT1', 'CHAL', 'DUPX'];

export type Lane = 'open' | 'sealed';

export type Frame = {
  readonly type: FrameType;
  /** Per type: CARD and CKPT number of the first symbol; AUTH epoch mod 32; KEY slot mod 32; LOC 0. */
  readonly ctr: number;
  /** 6 bytes, 12 of a double frame. */
  readonly body: Uint8Array;
};

/** Frame counters go modulo this. */
export const COUNTERS: number = 32;

/** Which lanes carry a type; index is the type. */
const LANES: readonly (readonly Lane[])[] = [
  ['open'],
  ['sealed'],
  ['open'],
  ['open', 'sealed'],
  ['open', 'sealed'],
  ['open', 'sealed'],
  ['sealed'],
  ['sealed'],
];

export function frameKind(type: FrameType): FrameKind {
  return type >= FrameType.KEY && type <= FrameType.CKPT1 ? 'double' : 'single';
}

export function laneAllows(lane: Lane, type: FrameType): boolean {
  return LANES[type].includes(lane);
}

/** CRC-16/CCITT-FALSE. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc;
}

function frameCheck(head: number, body: Uint8Array, lane: Lane, locator: Uint8Array): number {
  return crc16(concat(locator, Uint8Array.of(lane === 'open' ? 0 : 1, head), body));
}

/** The 9 or 15 bytes of a frame. Throws `frame-bad-field`. */
export function encodeFrame(frame: Frame, lane: Lane, locator: Uint8Array): Uint8Array {
  const { type, ctr, body } = frame;
  if (!Number.isInteger(type) || type < 0 || type > 7 || !laneAllows(lane, type))
    throw new TokenError('frame-bad-field', 'type and lane');
  if (!Number.isInteger(ctr) || ctr < 0 || ctr >= COUNTERS || (type === FrameType.LOC && ctr !== 0))
    throw new TokenError('frame-bad-field', 'counter');
  if (body.length !== FRAME_SHAPES[frameKind(type)].bodyBytes) throw new TokenError('frame-bad-field', 'body');
  if (locator.length !== 6) throw new TokenError('frame-bad-field', 'locator');
  const head = (type << 5) | ctr;
  const check = frameCheck(head, body, lane, type === FrameType.LOC ? new Uint8Array(0) : locator);
  return concat(Uint8Array.of(head), body, u16(check));
}

/**
 * Reads a frame, or gives `null` when length, lane, counter or check do not hold. With no locator yet only LOC can be
 * read; with one, a LOC of another session is still returned, for the caller to compare.
 */
export function decodeFrame(bytes: Uint8Array, lane: Lane, locator: Uint8Array | null): Frame | null {
  if (bytes.length === 0) return null;
  const head = bytes[0];
  const type = (head >> 5) as FrameType;
  const ctr = head & 31;
  const shape = FRAME_SHAPES[frameKind(type)];
  if (bytes.length !== shape.bytes) return null;
  if (!laneAllows(lane, type)) return null;
  const isLoc = type === FrameType.LOC;
  if (isLoc ? ctr !== 0 : locator === null || locator.length !== 6) return null;
  const body = bytes.slice(1, 1 + shape.bodyBytes);
  const check = frameCheck(head, body, lane, isLoc || locator === null ? new Uint8Array(0) : locator);
  return check === readUint(bytes, 1 + shape.bodyBytes, 2) ? { type, ctr, body } : null;
}

/** The two symbols of a CARD or CKPT frame by their numbers, 6 bytes each. */
export function frameSymbols({ ctr, body }: Frame): readonly (readonly [number, Uint8Array])[] {
  return [
    [ctr, body.slice(0, 6)],
    [(ctr + 1) % COUNTERS, body.slice(6)],
  ];
}
