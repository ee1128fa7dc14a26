/**
 * The exchange of an agent's token for a card (RFC 8693): what is asked, and the proof that who asks holds the session key.
 *
 * Parameters beside those of RFC 8693, as text: `session_key`, `chain_root` (base64url), `t0` (ms since 1970), `slots`, and optionally
 * `delay` (s), `epoch_slots`, `chip_family`, `scope` (narrower than the token's), `voice_persona`, `role_persona`, `previous_card` (hexadecimal). `proof` is
 * the session key's signature over "ut1 exchange" ‖ SHA-256 of the token ‖ K_0 ‖ u48(t0) ‖ u16(slots): nobody gets a card for another's key.
 * A token with `cnf` must confirm the session key.
 */
import { CHIP_FAMILIES, concat, ed25519Verify, fromBase64url, sha256, u16, u48 } from '@undertone/token';
import { z } from 'zod';

export const TOKEN_EXCHANGE: string = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const JWT_TOKEN_TYPE: string = 'urn:ietf:params:oauth:token-type:jwt';
export const CARD_TOKEN_TYPE: string = 'urn:undertone:params:token-type:card';

/** Longest life of a card that is given out, slots: 15 minutes. */
const MAX_EXCHANGE_SLOTS = 352;

const bytes = (size: number) =>
  z.string().transform((text, context) => {
    try {
      const value = fromBase64url(text);
      if (value.length === size) return value;
    } catch {
      // Told below.
    }
    context.addIssue({ code: 'custom', message: `not ${size} bytes in base64url` });
    return z.NEVER;
  });
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** A request that is of its form. */
export interface CardRequest {
  readonly subject_token: string;
  readonly session_key: Uint8Array;
  readonly chain_root: Uint8Array;
  /** ms since 1970. */
  readonly t0: number;
  readonly slots: number;
  /** Seconds. */
  readonly delay: number;
  readonly epoch_slots: '4' | '8';
  readonly chip_family?: number | undefined;
  readonly scope?: string | undefined;
  readonly voice_persona?: string | undefined;
  readonly role_persona?: string | undefined;
  readonly previous_card?: string | undefined;
  readonly proof: Uint8Array;
}

/** The form, from text parameters; those that are not known are passed over, as OAuth has it. */
export const cardRequest: z.ZodType<CardRequest> = z.object({
  grant_type: z.literal(TOKEN_EXCHANGE),
  subject_token: z.string().min(1).max(65536),
  subject_token_type: z.enum([JWT_TOKEN_TYPE, 'urn:ietf:params:oauth:token-type:access_token']),
  requested_token_type: z.literal(CARD_TOKEN_TYPE).optional(),
  session_key: bytes(32),
  chain_root: bytes(12),
  t0: whole(0, 2 ** 48 - 1),
  slots: whole(1, MAX_EXCHANGE_SLOTS),
  delay: whole(2, 10).default(2),
  epoch_slots: z.enum(['4', '8']).default('8'),
  chip_family: whole(0, CHIP_FAMILIES - 1).optional(),
  scope: z.string().max(16384).optional(),
  voice_persona: hash.optional(),
  role_persona: hash.optional(),
  previous_card: hash.optional(),
  proof: bytes(64),
});

/** What the session key signs. */
export function proofMessage(token: string, chainRoot: Uint8Array, t0Ms: number, slots: number): Uint8Array {
  return concat('ut1 exchange', sha256(token), chainRoot, u48(t0Ms), u16(slots));
}

/** Whether who asks holds the session key. */
export function proven({ subject_token, session_key, chain_root, t0, slots, proof }: CardRequest): boolean {
  return ed25519Verify(proof, proofMessage(subject_token, chain_root, t0, slots), session_key);
}
