/**
 * @undertone/token/status: revocation by Token Status List (draft-ietf-oauth-status-list-21).
 *
 * Issuer: StatusList → signStatusToken, one token kept for each change. Verifier: StatusClient, or verifyStatusToken alone; for a call of the past
 * statusHistory, over a StatusClient or over tokens that were kept.
 */
export * from './kept-lists.ts';
export * from './status-client.ts';
export * from './status-history.ts';
export * from './status-list.ts';
export * from './status-token.ts';
