/** Why audio could not be read or written; codes are stable. */
export type AudioErrorCode =
  /** No bytes, or no samples in them. */
  | 'audio-empty'
  /** The bytes are of a known kind and broken, or of no known kind. */
  | 'audio-undecodable'
  /** The name asks for a format that is not written, or the options do not fit it. */
  | 'audio-unsupported'
  /** The file needs ffmpeg, which is not installed. */
  | 'needs-ffmpeg'
  /** The optional package for this codec is not installed. */
  | 'codec-not-installed';

/** Thrown by this package. */
export class AudioError extends Error {
  readonly code: AudioErrorCode;
  constructor(code: AudioErrorCode, message: string) {
    super(message);
    this.name = 'AudioError';
    this.code = code;
  }
}
