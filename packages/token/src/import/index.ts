/**
 * @undertone/token/import: from a token that somebody else signed to the claims of a card. Three kinds are known: agentic JWT
 * (draft-goswami-agentic-jwt), PASSporT (RFC 8225) and plain JWT (RFC 7519, with RFC 8693 and RFC 9396 members).
 *
 * The token travels out of band, in the session record; the card binds its hash.
 */
export * from './delegation.ts';
export * from './jwt.ts';
