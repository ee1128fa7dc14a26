/**
 * The one error class of this package.
 *
 * Thrown for malformed input and misuse. Outcomes of verification (a card that is expired, a key that
 * does not fit) are values, never exceptions, and reuse the same stable codes where they overlap.
 */

/** Stable codes: scripts and vectors depend on these strings. */
export type TokenErrorCode =
  /** An integer, length or type outside the documented range. */
  | 'bad-argument'
  /** Not hexadecimal of an even length. */
  | 'bad-hex'
  /** Not unpadded base64url in its only canonical form. */
  | 'bad-base64url'
  /** Not well-formed UTF-8, or a string with a lone surrogate. */
  | 'bad-utf8'
  /** A value that canonical JSON cannot express (non-finite number, too deep, too large). */
  | 'bad-json'
  /** A private issuer JWK that is not OKP/Ed25519, or whose halves disagree. */
  | 'key-malformed'
  /** No key in the trust input. */
  | 'trust-empty'
  /** The same public key twice. */
  | 'trust-duplicate-key'
  /** A key that is not a usable Ed25519 public JWK, or more than 1024 keys. */
  | 'trust-bad-key'
  /** A private key where only public keys belong. */
  | 'trust-private-key'
  /** A card that is not 162 bytes. */
  | 'card-bad-length'
  /** A card profile this implementation does not know. */
  | 'card-unknown-profile'
  /** A critical flag bit this implementation does not know. */
  | 'card-unknown-critical'
  /** A card field outside its range (delay, slot count). */
  | 'card-bad-field'
  /** Claims with a wrong type, an unknown member or an excessive size. */
  | 'claims-malformed'
  /** Claims that do not follow from the token that they name. */
  | 'claims-exceed-jwt'
  /** A compact JWT that does not parse, or exceeds 64 KiB. */
  | 'jwt-malformed'
  | 'jwt-expired'
  | 'jwt-not-yet-valid'
  | 'jwt-bad-signature'
  | 'jwt-missing-claim'
  /** Unsigned, signed with a shared secret, or an algorithm or critical header that is not known. */
  | 'jwt-alg'
  /** Meant for another audience. */
  | 'jwt-audience'
  /** The delegation chain or the steps given are not those whose hash the token holds. */
  | 'jwt-delegation'
  /** Confirmed (`cnf`) for another key than the one given. */
  | 'jwt-holder'
  /** A slot outside the chain. */
  | 'chain-slot'
  /** A frame whose type, counter or lane do not go together. */
  | 'frame-bad-field'
  /** Reed–Solomon parameters outside their range. */
  | 'rs-bad-parameter'
  /** Record bytes that do not parse. */
  | 'record-malformed'
  /** Checkpoint bytes or windows that do not parse. */
  | 'checkpoint-malformed'
  /** A session record that does not parse. */
  | 'session-malformed'
  /** A signed time answer that does not parse. */
  | 'time-malformed'
  /** A persona event that does not parse. */
  | 'event-malformed'
  /** A renewal notice that does not parse. */
  | 'renewal-malformed'
  /** A status list, or a status list token, that does not parse or exceeds its bounds. */
  | 'status-malformed'
  /** An issuer directory that does not parse. */
  | 'directory-malformed'
  /** A signed note, tree head, tile, bundle or proof of a transparency log that does not parse. */
  | 'log-malformed'
  /** A log that cannot be asked. */
  | 'log-unavailable';

export class TokenError extends Error {
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message?: string) {
    super(message === undefined ? code : `${code}: ${message}`);
    this.name = 'TokenError';
    this.code = code;
  }
}
