/** Hears who speaks: recovers and verifies Undertone identities, live or from a recording. */
export { detect } from './detect.ts';
export { createDetector, type Detector, type DetectorOptions } from './detector.ts';
export { DetectorError, type DetectorErrorCode } from './errors.ts';
export type { DetectorEvent } from './events.ts';
export { type EvidenceCode, FINDING_CODES, type FindingCode } from './finding-codes.ts';
export { judgePast, type LookUp, lookUpsHold } from './past.ts';
export type { ChallengeReport, ChannelReport, Finding, LogReport, SessionReport, Span, TwoWayReport } from './report.ts';
export type { TwoWay } from './sent-voice.ts';
export { sessionWords } from './session-words.ts';
export type { StatusOf, StatusSource } from './status.ts';
