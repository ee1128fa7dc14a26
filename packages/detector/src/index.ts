/** Hears who speaks: recovers and verifies Undertone identities, live or from a recording. */
export { createDetector, type Detector, type DetectorOptions, detect } from './detector.ts';
export { DetectorError, type DetectorErrorCode } from './errors.ts';
export type { DetectorEvent } from './events.ts';
export type { ChannelReport, Finding, Span } from './report.ts';
