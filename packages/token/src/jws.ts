/** Checking a compact JWS with jose; only for the subpath exports, so that the main entry stays free of it. */
import { compactVerify, type JWK } from 'jose';
import { fromUtf8 } from './bytes.ts';
import { canonicalJson, isObject, type JsonObject, tryParseJson } from './json.ts';

/** Asymmetric algorithms only: a shared secret can't say who signed. */
export const JWS_ALGORITHMS: readonly string[] = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'RS256', 'PS256'];

export type Jws = {
  readonly header: JsonObject;
  readonly payload: JsonObject /** Place in the list of keys. */;
  readonly key: number;
};

/** The contents if one of the keys signed them, else `null`; whatever is malformed fails as well. */
export async function verifyJws(jws: string, keys: readonly JWK[], algorithms: readonly string[]): Promise<Jws | null> {
  for (const [key, jwk] of keys.entries()) {
    try {
      const { payload: bytes, protectedHeader } = await compactVerify(jws, jwk, { algorithms: [...algorithms] });
      const payload = tryParseJson(fromUtf8(bytes));
      // Also bounds the nesting before anything walks the value.
      canonicalJson(payload);
      return isObject(payload) ? { header: { ...protectedHeader }, payload, key } : null;
    } catch {
      // Not this key.
    }
  }
  return null;
}
