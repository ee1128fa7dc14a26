/** Operations on the code, on what a frame needs to count, and on the order of frames (page 03). */
import { codewordPart, DOUBLE_CODE, decodeCodeword, encodeCodeword, SINGLE_CODE } from '@undertone/signal';
import {
  type AuthState,
  bitInformation,
  bitsToBytes,
  bytesToBits,
  createSession,
  decodeFrame,
  encodeFrame,
  type FrameKind,
  FrameScheduler,
  generateIssuerKey,
  hex,
  type Lane,
  parseClaims,
} from '@undertone/token';
import type { Json } from '../contract.ts';
import { bytes, list, number, numbers, type Operation, object, objects, ok, refused, text } from './input.ts';

/** Information in favour of a frame that is needed, bits, and where its first byte was expected (FRAME-2). */
const NEEDED: { readonly [kind in FrameKind]: { readonly any: number; readonly expected: number } } = {
  single: { any: 72, expected: 64 },
  double: { any: 120, expected: 112 },
};
const lane = (input: Json): Lane => (text(input, 'lane') === 'open' ? 'open' : 'sealed');

/** Ratios of a codeword out of those of consecutive parts; parts sent twice add up. */
function codewordRatios(parts: readonly Float32Array[], length: number): Float32Array {
  const out = new Float32Array(length);
  parts.forEach((ratios, i) => {
    const sum = codewordPart(out, i);
    for (let k = 0; k < sum.length; k++) sum[k] += ratios[k];
  });
  return out;
}

const information = (ratios: Float32Array, coded: Uint8Array): number =>
  ratios.reduce((sum, l, i) => (l === 0 ? sum : sum + bitInformation(coded[i] ? l : -l)), 0);

export const codeOperations: { readonly [name: string]: Operation } = {
  'code.encode': (input) => {
    const codeword = encodeCodeword(bytesToBits(bytes(input, 'frame')));
    const parts = Array.from({ length: codeword.length / 32 }, (_, part) => hex(bitsToBytes(codewordPart(codeword, part))));
    return ok({ parts });
  },
  'code.read': (input) => {
    const parts = list(input, 'parts').map((_, i) => numbers(list(input, 'parts') as never, String(i), 0));
    const locator = input.locator === null ? null : bytes(input, 'locator');
    const kind = text(input, 'frame') === 'single' ? 'single' : 'double';
    const ratios = codewordRatios(parts, (kind === 'single' ? SINGLE_CODE : DOUBLE_CODE).long.length);
    const known = input.first === undefined ? undefined : bytesToBits(Uint8Array.of(number(input, 'first')));
    const needed = known === undefined ? NEEDED[kind].any : NEEDED[kind].expected;
    let weak = false;
    for (const { bits } of decodeCodeword(ratios, { known })) {
      const frame = decodeFrame(bitsToBytes(bits), lane(input), locator);
      if (!frame) continue;
      const bitsFor = information(ratios, encodeCodeword(bits));
      if (bitsFor >= needed) return ok({ type: frame.type, ctr: frame.ctr, body: hex(frame.body), information: bitsFor });
      weak = true;
    }
    return refused(weak ? 'frame-too-weak' : 'frame-ignored');
  },
  'schedule.run': (input) => {
    const secrets = [bytes(input, 'sessionSecret'), bytes(input, 'chainSeed')];
    const claims = parseClaims(input.claims);
    const session = createSession({
      issuer: generateIssuerKey('', () => bytes(input, 'issuerSecret')),
      agent: claims.agent,
      t0Ms: number(input, 't0Ms'),
      durationSeconds: number(input, 'slots') * 2.56,
      claims,
      family: 0,
      random: () => secrets.shift()!,
    });
    const scheduler = new FrameScheduler(session);
    const frames: string[] = [];
    for (const turn of objects(input, 'turns')) {
      for (const nonce of turn.nonces === undefined
        ? []
        : list(turn, 'nonces').map((_, i) => bytes(turn.nonces as Json, String(i))))
        if (scheduler.challenge(nonce) === null) return refused('challenge-busy');
      if (turn.heard !== undefined)
        scheduler.heard(number(object(turn, 'heard'), 'slot'), number(object(turn, 'heard'), 'digest'));
      if (turn.epoch !== undefined)
        scheduler.closeEpoch(number(turn, 'epoch'), text(turn, 'state') as AuthState, number(turn, 'digest'));
      const frame = scheduler.next(lane(input), number(turn, 'part'));
      scheduler.report(lane(input), turn.carried === true);
      frames.push(hex(encodeFrame(frame, lane(input), session.locator)));
    }
    return ok({ frames });
  },
};
