/** Opus packets in Ogg pages (RFC 3533, RFC 7845), mono: files, and streams as they are spoken. No dependency. */
export { encodeOggOpus, type OggOpusOptions } from './file.ts';
export { OggStreamReader } from './stream-reader.ts';
export { type OggStreamOptions, OggStreamWriter } from './stream-writer.ts';
