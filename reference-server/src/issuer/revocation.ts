/**
 * A request to change a card's status, signed with the issuer's key: the process that receives it holds no key, and who breaks into
 * it can't make one. Signed: "ut1 status" ‖ card hash 32 ‖ status 1 ‖ u48(time in ms).
 */
import { base64url, concat, ed25519Verify, fromBase64url, fromHex, u48 } from '@undertone/token';
import { z } from 'zod';
import { ServerError } from '../errors.ts';
import type { Keystore, Signer } from './keystore.ts';
import { STATUS_VALUES } from './status-lists.ts';

/** How far the clock of who asks may be away from ours. */
const CLOCK_MS = 300_000;

export type StatusName = keyof typeof STATUS_VALUES;

/** The request as JSON. */
export const statusRequest: z.ZodType<StatusRequest> = z.strictObject({
  card: z.string().regex(/^[0-9a-f]{64}$/),
  status: z.enum(['valid', 'revoked', 'suspended']),
  timeMs: z
    .number()
    .int()
    .min(0)
    .max(2 ** 48 - 1),
  signature: z.string().length(86),
});

export interface StatusRequest {
  /** Card hash, hexadecimal. */
  readonly card: string;
  readonly status: StatusName;
  /** When it was signed, ms since 1970. */
  readonly timeMs: number;
  /** base64url. */
  readonly signature: string;
}

function message(card: string, status: StatusName, timeMs: number): Uint8Array {
  return concat('ut1 status', fromHex(card), Uint8Array.of(STATUS_VALUES[status]), u48(timeMs));
}

/** Makes a request. */
export async function signStatusRequest(
  card: string,
  status: StatusName,
  timeMs: number,
  signer: Pick<Signer, 'sign'>,
): Promise<StatusRequest> {
  return { card, status, timeMs, signature: base64url(await signer.sign(message(card, status, timeMs))) };
}

/** Throws `issuer-refused` unless one of the issuer's keys made the request just now. */
export function checkStatusRequest({ card, status, timeMs, signature }: StatusRequest, keystore: Keystore, nowMs: number): void {
  let bytes: Uint8Array;
  try {
    bytes = fromBase64url(signature);
  } catch {
    throw new ServerError('issuer-refused', 'signature');
  }
  const signed = keystore.issuer.some(({ signer }) => ed25519Verify(bytes, message(card, status, timeMs), signer.publicKey));
  if (!signed) throw new ServerError('issuer-refused', 'not signed by the issuer');
  if (Math.abs(nowMs - timeMs) > CLOCK_MS) throw new ServerError('issuer-refused', 'too old, or from the future');
}
