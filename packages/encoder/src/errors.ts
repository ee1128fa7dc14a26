/** What can go wrong before a sample is marked. */
export type EncoderErrorCode =
  /** The sample rate is not a number from 8000 to 48000 Hz. */
  | 'encoder-bad-rate'
  /** The reserve is below 1. */
  | 'encoder-bad-reserve'
  /** Chunks that are not a whole number of 5 ms, or sound that is not whole chunks. */
  | 'encoder-bad-chunk'
  /** The session does not continue the one that speaks: other chips, another beginning, or a slot that the card does not have. */
  | 'encoder-not-next'
  /** `process` after `flush`. */
  | 'encoder-finished';

/** Thrown by the encoder; `code` is stable. */
export class EncoderError extends Error {
  readonly code: EncoderErrorCode;
  constructor(code: EncoderErrorCode, message: string) {
    super(message);
    this.name = 'EncoderError';
    this.code = code;
  }
}
