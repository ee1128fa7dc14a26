/** Why sound could not be read or written; the codes are stable. */
export type AudioErrorCode =
  /** No bytes, or a well-formed file with no samples. */
  | 'audio-empty'
  /** A known format that does not decode, or bytes of no known format. */
  | 'audio-undecodable'
  /** A recognised format, rate or channel count outside what this package reads or writes. */
  | 'audio-unsupported'
  /** A format read through ffmpeg, which is not installed. */
  | 'needs-ffmpeg'
  /** A codec of an optional package, which is not installed. */
  | 'codec-not-installed';

/** The only error of this package besides RangeError for arguments out of range. The message never quotes the file. */
export class AudioError extends Error {
  override readonly name = 'AudioError';
  readonly code: AudioErrorCode;

  constructor(code: AudioErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
