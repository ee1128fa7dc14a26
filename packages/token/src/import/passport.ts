/** PASSporT (RFC 8225): who calls whom, as a telephone provider signs it. */
import type { ImportedClaims } from '../claims.ts';
import { TokenError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { objectClaim, textsClaim } from './claim.ts';

/** Age beyond which a PASSporT is stale, seconds (RFC 8224 §4.4 recommends 60). */
export const PASSPORT_LIFE_S: number = 60;

/** Identities of `orig` or `dest` as URIs: telephone numbers as `tel:+…`. */
function identities(payload: JsonObject, member: 'orig' | 'dest'): readonly string[] {
  const value = objectClaim(payload, member);
  const numbers = value.tn === undefined ? [] : textsClaim(value.tn, `${member}.tn`);
  const uris = value.uri === undefined ? [] : textsClaim(value.uri, `${member}.uri`);
  if (numbers.some((tn) => !/^[0-9*#]+$/.test(tn))) throw new TokenError('jwt-malformed', `${member}.tn`);
  const all = [...numbers.map((tn) => `tel:+${tn}`), ...uris];
  if (all.length === 0) throw new TokenError('jwt-missing-claim', member);
  return all;
}

/** A PASSporT names no issuer and grants no scope: all that it says becomes a constraint. */
export function passportClaims(payload: JsonObject, header: JsonObject): Omit<ImportedClaims, 'token'> {
  const orig = identities(payload, 'orig');
  const dest = identities(payload, 'dest');
  if (orig.length !== 1) throw new TokenError('jwt-malformed', 'orig');
  const { ppt } = header;
  const passport = { ...payload, ...(ppt === undefined ? {} : { ppt }), orig: orig[0], dest };
  return { audiences: dest, claims: { agent: orig[0], constraints: { passport } } };
}
