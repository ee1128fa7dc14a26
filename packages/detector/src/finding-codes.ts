/** Codes of what a reader of the report should know beside the states (protocol/spec/09-verifier-states.md, Findings). */
import type { PersonaEventFailure, RecordChain, SessionRecordFailure, SuccessionFailure, TokenErrorCode } from '@undertone/token';
import type { LogProofVerdict } from '@undertone/token/log';

/** The detector's own findings: stable codes, each with its meaning in protocol/registry/findings.json. */
export const FINDING_CODES = [
  'content-undecided',
  'digest-mismatch',
  'unmarked-speech',
  'gap',
  'out-of-order',
  'replayed',
  'key-mismatch',
  'tags-failed',
  'equivocation',
  'session-unsigned',
  'records-missing',
  'session-mismatch',
  'several-sessions',
  'resolve-failed',
  'next-card-unknown',
  'card-revoked',
  'card-suspended',
  'status-unknown',
  'revoked-later',
  'time-contradicted',
  'witnessed-late',
  'challenge-mismatch',
  'challenge-unanswered',
  'challenge-unsupported',
  'challenge-busy',
  'challenge-unreachable',
  'heard-mismatch',
  'speed-changed',
  'tempo-changed',
  'samples-repaired',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

export const isFindingCode = (code: string): code is FindingCode => (FINDING_CODES as readonly string[]).includes(code);

/** Why a log proves nothing. */
export type LogCode = Extract<LogProofVerdict, { ok: false }>['code'] | 'log-inconsistent' | 'log-malformed' | 'log-unavailable';

/** Why a card, a session record, a notice or a log could not be used: codes of protocol/registry/errors.json. */
export type EvidenceCode =
  | SessionRecordFailure
  | RecordChain['rejected'][number]['code']
  | SuccessionFailure
  | PersonaEventFailure
  | LogCode
  | TokenErrorCode;
