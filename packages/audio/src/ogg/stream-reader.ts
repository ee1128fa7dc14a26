/** Opus packets out of a live Ogg stream that comes in messages, from writers of every quality. */
import { AudioError } from '../errors.ts';
import { isOpusHead, isOpusTags } from './headers.ts';
import { CONTINUED, checksumHolds, isPage, PAGE_HEADER } from './page.ts';

/** Largest page; what waits for its end is never more. */
const MAX_PAGE = PAGE_HEADER + 255 + 255 * 255;

/** Places where a page of wrong length may end that are tried, so that hostile bytes cost little. */
const MAX_TRIES = 4;

/**
 * Reads messages that hold pages, whole or in parts. Checksums are not demanded (some writers leave them out), but they tell
 * where a page ends whose lacing values are wrong: a known client writes the single value `min(length, 255)` before packets
 * of any length, which then reach to the next page or to the end of the message.
 */
export class OggStreamReader {
  #waiting: Uint8Array = new Uint8Array(0);
  #begun = false;

  /** The Opus packets of a message, headers left out. Throws {@link AudioError} `audio-undecodable`. */
  push(message: Uint8Array): Uint8Array[] {
    const bytes = this.#joined(message);
    const packets: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (bytes.length - at >= 5 && !isPage(bytes, at))
        throw new AudioError('audio-undecodable', 'no Ogg page where one must begin');
      const end = pageEnd(bytes, at);
      if (end === null) break;
      this.#page(bytes.subarray(at, end), packets);
      at = end;
    }
    this.#waiting = bytes.slice(at);
    return packets;
  }

  #joined(message: Uint8Array): Uint8Array {
    if (this.#waiting.length === 0) return message;
    // A message that begins with a page of its own ends what was cut off before it.
    if (isPage(message, 0)) return message;
    if (this.#waiting.length + message.length > 2 * MAX_PAGE)
      throw new AudioError('audio-undecodable', 'an Ogg page without end');
    const joined = new Uint8Array(this.#waiting.length + message.length);
    joined.set(this.#waiting);
    joined.set(message, this.#waiting.length);
    return joined;
  }

  #page(page: Uint8Array, packets: Uint8Array[]): void {
    for (const packet of packetsOf(page)) {
      if (isOpusHead(packet)) {
        if (packet.length < 19 || packet[8] > 15 || packet[9] < 1 || packet[9] > 2 || packet[18] !== 0)
          throw new AudioError('audio-undecodable', 'not one or two channels of Opus');
        this.#begun = true;
      } else if (!this.#begun) throw new AudioError('audio-undecodable', 'the stream does not begin with OpusHead');
      else if (!isOpusTags(packet) && packet.length > 0) packets.push(packet);
    }
  }
}

/** Where the page that begins at `at` ends; null when more bytes are needed. */
function pageEnd(bytes: Uint8Array, at: number): number | null {
  if (bytes.length < at + PAGE_HEADER) return null;
  const count = bytes[at + 26];
  const body = at + PAGE_HEADER + count;
  if (bytes.length < body) return null;
  let end = body;
  for (let i = 0; i < count; i++) end += bytes[at + PAGE_HEADER + i];
  if (end > bytes.length) return null;
  if (end === bytes.length || isPage(bytes, end) || count !== 1 || bytes[at + PAGE_HEADER] !== 255) return end;
  // Too short: the packet goes on to the next page whose beginning makes the checksum hold, or to the end.
  let tries = 0;
  for (let next = end; next < bytes.length && tries < MAX_TRIES; next++)
    if (isPage(bytes, next) && ++tries && checksumHolds(bytes.subarray(at, next))) return next;
  return bytes.length;
}

/** The packets of a page. What was begun in the page before is left out: live writers never cut a packet in two. */
function packetsOf(page: Uint8Array): Uint8Array[] {
  const count = page[26];
  let at = PAGE_HEADER + count;
  if (count === 1) return [page.subarray(at)];
  const packets: Uint8Array[] = [];
  let from = at;
  let dropped = (page[5] & CONTINUED) !== 0;
  for (let i = 0; i < count; i++) {
    const lacing = page[PAGE_HEADER + i];
    at += lacing;
    if (lacing === 255 && i < count - 1) continue;
    if (!dropped) packets.push(page.subarray(from, at));
    dropped = false;
    from = at;
  }
  return packets;
}
