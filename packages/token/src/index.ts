/**
 * @undertone/token: identity tokens of the Undertone protocol. Bytes in, claims out; no audio, no input or output.
 *
 * Operator: createSession → FrameScheduler → session records. Verifier: parseTrust → verifyCard → ChainVerifier →
 * matchInformation and digestVerdict → transition.
 */

export * from './auth.ts';
export * from './bytes.ts';
export * from './card.ts';
export * from './card-verify.ts';
export * from './chain.ts';
export * from './challenge.ts';
export * from './checkpoint.ts';
export * from './checkpoint-window.ts';
export * from './claims.ts';
export * from './claims-follow.ts';
export * from './clock.ts';
export * from './clock-bound.ts';
export {
  ed25519PublicKey,
  ed25519Sign,
  ed25519Verify,
  hmacSha256,
  isEd25519PublicKey,
  KEY_BYTES,
  type RandomSource,
  randomBytes,
  SIGNATURE_BYTES,
  sha256,
} from './crypto.ts';
export * from './digest-selection.ts';
export * from './duplex.ts';
export * from './errors.ts';
export * from './evidence.ts';
export { boundedBody } from './fetch-text.ts';
export * from './frame.ts';
export * from './json.ts';
export * from './keys.ts';
export * from './match.ts';
export * from './match-probability.ts';
export * from './persona-event.ts';
export * from './record.ts';
export * from './reed-solomon.ts';
export * from './renew-session.ts';
export * from './renewal.ts';
export * from './schedule.ts';
export * from './session.ts';
export * from './session-record.ts';
export * from './session-record-verify.ts';
export * from './state.ts';
export * from './trust.ts';
