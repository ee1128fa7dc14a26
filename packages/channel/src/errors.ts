/** The one error class of this package. */

/** Stable codes: scripts and the server's answers depend on these strings. */
export type ChannelErrorCode =
  /** Options of the client that can't work. */
  | 'channel-bad-option'
  /** A frame or answer larger than its limit. */
  | 'channel-too-large'
  /** Bytes that are neither well-formed msgpack of the allowed kinds nor JSON. */
  | 'channel-malformed'
  /** A well-formed value that is no message of the channel. */
  | 'channel-bad-message'
  /** No resolver answered. */
  | 'channel-unreachable'
  /** A resolver answered with an error. */
  | 'channel-refused';

export class ChannelError extends Error {
  readonly code: ChannelErrorCode;

  constructor(code: ChannelErrorCode, message?: string) {
    super(message === undefined ? code : `${code}: ${message}`);
    this.name = 'ChannelError';
    this.code = code;
  }
}
