/** What can go wrong before anything is heard. Outcomes of detection are values, never errors. */
export type DetectorErrorCode =
  /** The sample rate is not a whole number from 8000 to 48000 Hz. */
  | 'detector-bad-rate'
  /** `challenge` for a session that is not followed live. */
  | 'detector-unknown-session'
  /** `push` after `report`. */
  | 'detector-finished'
  /** ONNX Runtime was asked for and is not installed. */
  | 'detector-engine-missing'
  /** ONNX Runtime did not load or run the network. */
  | 'detector-engine-failed';

/** Thrown by the detector; `code` is stable. */
export class DetectorError extends Error {
  readonly code: DetectorErrorCode;
  constructor(code: DetectorErrorCode, message: string) {
    super(message);
    this.name = 'DetectorError';
    this.code = code;
  }
}
