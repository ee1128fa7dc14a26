/** Reading claims of a hostile payload. Each throws `jwt-missing-claim` or `jwt-malformed`. */
import { MAX_CLAIM_TEXT, MAX_SCOPES } from '../claims.ts';
import { TokenError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';

function present(payload: JsonObject, name: string): unknown {
  const value = payload[name];
  if (value === undefined || value === null || value === '') throw new TokenError('jwt-missing-claim', name);
  return value;
}

export function textClaim(payload: JsonObject, name: string): string {
  const value = present(payload, name);
  if (typeof value !== 'string' || value.length > MAX_CLAIM_TEXT) throw new TokenError('jwt-malformed', name);
  return value;
}

/** Seconds since 1970. */
export function timeClaim(payload: JsonObject, name: string): number {
  const value = present(payload, name);
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TokenError('jwt-malformed', name);
  return value;
}

export function objectClaim(payload: JsonObject, name: string): JsonObject {
  const value = present(payload, name);
  if (!isObject(value)) throw new TokenError('jwt-malformed', name);
  return value;
}

/** One text, or a list of texts, as a list. */
export function textsClaim(value: unknown, name: string): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  const good = (item: unknown): item is string => typeof item === 'string' && item !== '' && item.length <= MAX_CLAIM_TEXT;
  if (list.length > MAX_SCOPES || !list.every(good)) throw new TokenError('jwt-malformed', name);
  return list;
}

/** Scopes as a text with spaces (RFC 8693) or a list. */
export function scopeClaim(payload: JsonObject): readonly string[] {
  const value = present(payload, 'scope');
  const list = textsClaim(typeof value === 'string' ? value.split(' ').filter((item) => item !== '') : value, 'scope');
  if (list.some((item) => /\s/.test(item))) throw new TokenError('jwt-malformed', 'scope');
  return [...new Set(list)];
}
