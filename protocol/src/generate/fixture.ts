/** What the vectors are made from: fixed secrets, one session, and small tools that every language can write. */
import {
  base64url,
  type Claims,
  createSession,
  ed25519Sign,
  fromHex,
  generateIssuerKey,
  hex,
  type IssuerKey,
  publicJwk,
  type Session,
  utf8,
} from '@undertone/token';

/** `n` bytes of one value, in hexadecimal: a secret that nobody keeps. */
export const secret = (value: number): Uint8Array => new Uint8Array(32).fill(value);

export const issuer: IssuerKey = generateIssuerKey('Vector issuer', () => secret(1));
export const otherIssuer: IssuerKey = generateIssuerKey('Another issuer', () => secret(9));
export const trust: object = { keys: [publicJwk(issuer)] };
export const T0: number = Date.UTC(2026, 0, 1);
export const SLOTS = 352;
/** Last millisecond of their card. */
export const CARD_END: number = T0 + SLOTS * 2560;
export const CLAIMS: Claims = {
  issuer: 'Vector issuer',
  agent: 'concierge',
  scope: ['booking:read', 'booking:write'],
  constraints: {},
};

/** A session of the vector issuer. */
export function makeSession(
  claims: Claims = CLAIMS,
  change: {
    epochSlots?: 4 | 8;
    family?: number;
    delaySeconds?: number;
    session?: number;
    slots?: number;
    status?: number;
    t0Ms?: number;
  } = {},
): Session {
  const secrets = [secret(change.session ?? 2), secret(3)];
  return createSession({
    issuer,
    agent: CLAIMS.agent,
    t0Ms: change.t0Ms ?? T0,
    durationSeconds: (change.slots ?? SLOTS) * 2.56,
    delaySeconds: change.delaySeconds ?? 2,
    epochSlots: change.epochSlots ?? 8,
    family: change.family ?? 0,
    status: change.status ?? 0,
    claims,
    random: () => secrets.shift()!,
  });
}

export const session: Session = makeSession();
export const cardHex: string = hex(session.card.bytes);

/** The bytes with one byte changed by XOR. */
export function flip(bytes: Uint8Array | string, at: number, by = 1): string {
  const out = typeof bytes === 'string' ? fromHex(bytes) : bytes.slice();
  out[at < 0 ? out.length + at : at] ^= by;
  return hex(out);
}

/** A small generator that every language can write: x ← 1103515245 x + 12345 mod 2³¹, given as a fraction of 2³¹. */
export function sequence(seed: number): () => number {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    return x / 2 ** 31;
  };
}

/** Another session of the same issuer. */
export const otherSession: Session = makeSession(undefined, { session: 4 });

/** The whole numbers from `from` up to, not including, `to`. */
export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Changes symbols at these indices, for lists of symbols that were received. */
export const wrongAt =
  (...wrong: number[]) =>
  (index: number, symbol: string): string =>
    wrong.includes(index) ? flip(symbol, index % 6, 0x5a) : symbol;

/** A compact JWS by an issuer. */
export function signJws(header: object, payload: object, by: Pick<IssuerKey, 'secretKey'>): string {
  const text = [header, payload].map((part) => base64url(utf8(JSON.stringify(part)))).join('.');
  return `${text}.${base64url(ed25519Sign(utf8(text), by.secretKey))}`;
}
