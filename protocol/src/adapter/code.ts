/** Operations on the code, on what a frame needs to count, and on the order of frames (page 03). */
import { codewordPart, decodeCodeword, encodeCodeword } from '@undertone/signal';
import {
  type AuthState,
  bitInformation,
  bitsToBytes,
  bytesToBits,
  createSession,
  decodeFrame,
  encodeFrame,
  FrameScheduler,
  generateIssuerKey,
  hex,
  type Lane,
  parseClaims,
} from '@undertone/token';
import type { Json } from '../contract.ts';
import { bytes, list, number, numbers, type Operation, object, objects, ok, refused, text } from './input.ts';

/** Information in favour of a frame that is needed, bits, and where its first byte was expected (FRAME-2). */
const FRAME_INFORMATION = 72;
const EXPECTED_INFORMATION = 64;
const PARTS = 8;
const lane = (input: Json): Lane => (text(input, 'lane') === 'open' ? 'open' : 'sealed');

/** Ratios of a codeword out of those of consecutive parts; parts sent twice add up. */
function codewordRatios(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(256);
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
    return ok({ parts: Array.from({ length: PARTS }, (_, part) => hex(bitsToBytes(codewordPart(codeword, part)))) });
  },
  'code.read': (input) => {
    const parts = list(input, 'parts').map((_, i) => numbers(list(input, 'parts') as never, String(i), 0));
    const locator = input.locator === null ? null : bytes(input, 'locator');
    const ratios = codewordRatios(parts);
    const first = input.first === undefined ? undefined : bytesToBits(Uint8Array.of(number(input, 'first')));
    const needed = first === undefined ? FRAME_INFORMATION : EXPECTED_INFORMATION;
    let weak = false;
    for (const { bits } of decodeCodeword(ratios, first)) {
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
