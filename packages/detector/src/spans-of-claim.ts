/** From a claimed locator to its spans, and what epochs signed or tagged in the sound add to it. */
import { type Card, hex, type SpanEvent, transition } from '@undertone/token';
import type { SessionEvidence } from './evidence.ts';
import type { Finding, Span } from './report.ts';
import type { SignedEpoch } from './sound-session.ts';

/** A locator that was read from a track. */
export interface Claim {
  readonly track: number;
  readonly locator: Uint8Array;
  /** Where the group of the first reading begins, and when it had been read. */
  readonly startSeconds: number;
  readonly readSeconds: number;
  readonly falseAlarmProbability: number;
  /** Where the last slot ends in which the mark was present; frames of the open lane that were read. */
  endSeconds: number;
  frames: number;
  /** Frames that went by unread, at least, and the part up to which that is counted. */
  lost: number;
  lastPart: number;
  /** The card and who signed it, once it was read from the sound alone, and when that was. */
  card: Card | null;
  issuer: string | null;
  cardSeconds: number | null;
  /** What checkpoints read from the sound sign, and when the first had been read. */
  readonly epochs: SignedEpoch[];
  checkpointSeconds: number | null;
}

/** Epochs whose words must match before a checkpoint or tags prove a span: one alone could be chance. */
const SIGNED_EPOCHS = 2;
/** What lies this near to a proven stretch belongs to it, seconds. */
const NEAR_SECONDS = 0.1;

/** Stretches of epochs under checkpoints, split where the words change from the signed ones to others. */
function signedStretches(epochs: readonly SignedEpoch[]): { conflict: boolean; epochs: SignedEpoch[] }[] {
  const out: { conflict: boolean; epochs: SignedEpoch[] }[] = [];
  for (const epoch of [...epochs].sort((a, b) => a.startSeconds - b.startSeconds)) {
    const conflict = epoch.words === 'mismatch';
    const last = out.at(-1);
    if (last?.conflict === conflict) last.epochs.push(epoch);
    else out.push({ conflict, epochs: [epoch] });
  }
  return out;
}

/** What is known of a session before it is asked which of its stretches are proven. */
function plainSpan(claim: Claim, findings: readonly Finding[]): Span {
  return {
    startSeconds: Math.max(0, claim.startSeconds),
    endSeconds: claim.endSeconds,
    state: 'claimed',
    content: 'none',
    bound: 'none',
    resolution: claim.cardSeconds === null ? 'unresolvable' : 'resolved',
    time: 'asserted',
    sessionId: hex(claim.locator),
    issuer: claim.issuer,
    agent: null,
    scope: [],
    firstClaimedSeconds: claim.readSeconds,
    firstVerifiedSeconds: null,
    framesDecoded: claim.frames,
    framesExpected: claim.frames + claim.lost,
    falseAlarmProbability: claim.falseAlarmProbability,
    findings,
  };
}

/** What epochs prove, with no more than 22 bits each for the words, is a span; what lies between them is as plain as before. */
function split(plain: Span, signed: readonly SignedEpoch[], proof: SpanEvent, provenSeconds: number | null): Span[] {
  const spans: Span[] = [];
  let from = plain.startSeconds;
  for (const { conflict, epochs } of signedStretches(signed)) {
    const startSeconds = Math.max(plain.startSeconds, epochs[0].startSeconds);
    const endSeconds = epochs.at(-1)!.endSeconds;
    const proven = epochs.filter((e) => e.words === 'match').length >= SIGNED_EPOCHS;
    if (!conflict && !proven) continue;
    if (startSeconds - from > NEAR_SECONDS) spans.push({ ...plain, startSeconds: from, endSeconds: startSeconds });
    spans.push({
      ...plain,
      startSeconds,
      endSeconds,
      state: transition('claimed', conflict ? 'digest-mismatch' : proof),
      content: conflict ? 'none' : 'weak',
      firstVerifiedSeconds: conflict ? null : provenSeconds,
      findings: conflict ? [...plain.findings, { code: 'digest-mismatch', detail: 'other words are signed' }] : plain.findings,
    });
    from = endSeconds;
  }
  if (spans.length === 0 || plain.endSeconds - from > NEAR_SECONDS) spans.push({ ...plain, startSeconds: from });
  return spans;
}

/** A session that tags proved during a call. */
export interface TaggedSession {
  readonly sessionId: string;
  readonly evidence: Pick<SessionEvidence, 'issuer' | 'claims' | 'bound'>;
  readonly sealed: { readonly taggedEpochs: readonly SignedEpoch[]; readonly taggedSeconds: number | null };
}

/** Spans of a claim: `live` where tags proved it during the call, `attested` where checkpoints in the sound sign it. */
export function spansOfClaim(claim: Claim, findings: readonly Finding[], tagged: TaggedSession | undefined): Span[] {
  const plain = plainSpan(claim, findings);
  if (!tagged) return split(plain, claim.epochs, 'proven-offline', claim.checkpointSeconds);
  const { issuer, claims, bound } = tagged.evidence;
  const { taggedEpochs, taggedSeconds } = tagged.sealed;
  const known = { issuer: issuer.name, agent: claims?.agent ?? null, scope: claims?.scope ?? [], bound };
  return split({ ...plain, ...known, resolution: 'resolved' }, taggedEpochs, 'proven-live', taggedSeconds);
}
