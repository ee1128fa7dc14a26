/** Vectors of frames: what may be sent, and what is read. */
import { encodeFrame, hex } from '@undertone/token';
import type { Case, Plan } from '../generate/builder.ts';
import { flip, otherSession, session } from '../generate/fixture.ts';

const locator = hex(session.locator);

const BODY = '010203040506';
const DOUBLE_BODY = '0102030405060708090a0b0c';

const bytes = (text: string): Uint8Array => Uint8Array.from(text.match(/../g)!, (h) => Number.parseInt(h, 16));

const frame = (lane: 'open' | 'sealed', type: number, ctr: number, body: string, of = session): string =>
  hex(encodeFrame({ type: type as 0, ctr, body: bytes(body) }, lane, of.locator));

const kinds = [
  ['loc', 'open', 0, 0, locator],
  ['auth', 'sealed', 1, 3, BODY],
  ['challenge', 'sealed', 6, 9, BODY],
  ['key', 'open', 2, 7, DOUBLE_BODY],
  ['card-open', 'open', 3, 30, DOUBLE_BODY],
  ['card-sealed', 'sealed', 3, 31, DOUBLE_BODY],
  ['checkpoint', 'sealed', 5, 20, DOUBLE_BODY],
] as const;

const encode: Plan = {
  path: 'frame/encode',
  page: '03-frames',
  layer: 'frame',
  operation: 'frame.encode',
  common: { locator },
  cases: [
    ...kinds.map(
      ([name, lane, type, ctr, body]): Case => ({
        name,
        description: `A ${body === DOUBLE_BODY ? 'double' : 'single'} frame of type ${type} in the ${lane} lane`,
        rules: ['FRAME-1'],
        input: { lane, type, ctr, body },
      }),
    ),
    {
      name: 'key-in-the-sealed-lane',
      description: 'KEY does not go in the sealed lane',
      rules: ['FRAME-1'],
      input: { lane: 'sealed', type: 2, ctr: 7, body: DOUBLE_BODY },
      refused: 'frame-bad-field',
    },
    ...(
      [
        ['single-key', 'Half a KEY', 'open', 2],
        ['single-card', 'A CARD of one symbol', 'open', 3],
        ['single-checkpoint', 'A CKPT0 of one symbol', 'sealed', 4],
      ] as const
    ).map(
      ([name, description, lane, type]): Case => ({
        name,
        description,
        rules: ['FRAME-1'],
        input: { lane, type, ctr: 7, body: BODY },
        refused: 'frame-bad-field',
      }),
    ),
    {
      name: 'double-auth',
      description: 'An AUTH of two bodies',
      rules: ['FRAME-1'],
      input: { lane: 'sealed', type: 1, ctr: 3, body: DOUBLE_BODY },
      refused: 'frame-bad-field',
    },
    {
      name: 'counter-too-large',
      description: 'A counter of 32',
      rules: ['FRAME-1'],
      input: { lane: 'open', type: 3, ctr: 32, body: DOUBLE_BODY },
      refused: 'frame-bad-field',
    },
    {
      name: 'loc-with-counter',
      description: 'LOC has no counter',
      rules: ['FRAME-1'],
      input: { lane: 'open', type: 0, ctr: 1, body: locator },
      refused: 'frame-bad-field',
    },
  ],
};

const decode: Plan = {
  path: 'frame/decode',
  page: '03-frames',
  layer: 'frame',
  operation: 'frame.decode',
  common: { locator },
  cases: [
    ...kinds.map(
      ([name, lane, type, ctr, body]): Case => ({
        name,
        description: `A ${body === DOUBLE_BODY ? 'double' : 'single'} frame of type ${type} in the ${lane} lane`,
        rules: ['FRAME-1'],
        input: { lane, frame: frame(lane, type, ctr, body) },
        says: { type, ctr, body },
      }),
    ),
    {
      name: 'loc-without-session',
      description: 'LOC is read before any session is known',
      rules: ['FRAME-1'],
      input: { lane: 'open', locator: null, frame: frame('open', 0, 0, locator) },
    },
    {
      name: 'loc-of-another-session',
      description: 'A LOC of another session is read: the reader compares',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: frame('open', 0, 0, hex(otherSession.locator), otherSession) },
    },
    ...(
      [
        ['check-changed', 'One bit of the check', 'sealed', frame('sealed', 1, 7, BODY), 8],
        ['body-changed', 'One bit of the body', 'sealed', frame('sealed', 1, 7, BODY), 3],
        ['counter-changed', 'One bit of the counter', 'sealed', frame('sealed', 1, 7, BODY), 0],
        ['double-check-changed', 'One bit of the check of a double frame', 'open', frame('open', 3, 6, DOUBLE_BODY), 14],
        ['second-symbol-changed', 'One bit of the second symbol of a CARD frame', 'open', frame('open', 3, 6, DOUBLE_BODY), 12],
      ] as const
    ).map(([name, description, lane, sent, byte]) => ({
      name,
      description,
      rules: ['FRAME-1'],
      input: { lane, frame: flip(sent, byte) },
      refused: 'frame-ignored',
    })),
    {
      name: 'single-card',
      description: 'A CARD of one symbol, with a check that holds',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: withCheck(0, (3 << 5) | 5, BODY, locator) },
      refused: 'frame-ignored',
    },
    {
      name: 'single-key',
      description: 'Half a KEY, with a check that holds',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: withCheck(0, (2 << 5) | 5, BODY, locator) },
      refused: 'frame-ignored',
    },
    {
      name: 'double-auth',
      description: 'An AUTH of two bodies, with a check that holds',
      rules: ['FRAME-1'],
      input: { lane: 'sealed', frame: withCheck(1, (1 << 5) | 3, DOUBLE_BODY, locator) },
      refused: 'frame-ignored',
    },
    {
      name: 'double-loc',
      description: 'A LOC of two bodies, with a check that holds',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: withCheck(0, 0, locator + BODY, '') },
      refused: 'frame-ignored',
    },
    {
      name: 'other-lane',
      description: 'A CARD frame of the sealed lane heard in the open one',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: frame('sealed', 3, 31, DOUBLE_BODY) },
      refused: 'frame-ignored',
    },
    {
      name: 'auth-in-the-open-lane',
      description: 'AUTH with a check that holds, in the open lane',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: withCheck(0, (1 << 5) | 3, BODY, locator) },
      refused: 'frame-ignored',
    },
    {
      name: 'key-in-the-sealed-lane',
      description: 'KEY with a check that holds, in the sealed lane',
      rules: ['FRAME-1'],
      input: { lane: 'sealed', frame: withCheck(1, (2 << 5) | 7, DOUBLE_BODY, locator) },
      refused: 'frame-ignored',
    },
    {
      name: 'loc-with-counter',
      description: 'LOC with counter 1 and a check that holds',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: withCheck(0, 1, locator, '') },
      refused: 'frame-ignored',
    },
    {
      name: 'of-another-session',
      description: 'A CARD frame of another session: its check holds another locator',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: frame('open', 3, 5, DOUBLE_BODY, otherSession) },
      refused: 'frame-ignored',
    },
    {
      name: 'no-session-known',
      description: 'A CARD frame before any locator is known',
      rules: ['FRAME-1'],
      input: { lane: 'open', locator: null, frame: frame('open', 3, 5, DOUBLE_BODY) },
      refused: 'frame-ignored',
    },
    {
      name: 'too-short',
      description: 'Eight bytes',
      rules: ['FRAME-1'],
      input: { lane: 'sealed', frame: frame('sealed', 1, 7, BODY).slice(0, 16) },
      refused: 'frame-ignored',
    },
  ],
};

/** A frame that no encoder makes, with a check that holds all the same. */
function withCheck(lane: number, head: number, body: string, of: string): string {
  let crc = 0xffff;
  for (const byte of [...(of === '' ? [] : bytes(of)), lane, head, ...bytes(body)]) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return hex(Uint8Array.of(head)) + body + crc.toString(16).padStart(4, '0');
}

export const framePlans: readonly Plan[] = [encode, decode];
