/** The two packets that an Ogg Opus stream begins with (RFC 7845, section 5), mono. */

const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const begins = (packet: Uint8Array, magic: string): boolean => text(magic).every((b, i) => packet[i] === b);

export const isOpusHead = (packet: Uint8Array): boolean => begins(packet, 'OpusHead');
export const isOpusTags = (packet: Uint8Array): boolean => begins(packet, 'OpusTags');

/** @param preSkip samples at 48 kHz that a player drops at the start @param inputRate rate of the original, Hz */
export function opusHead(preSkip: number, inputRate: number): Uint8Array {
  const head = new Uint8Array(19);
  head.set(text('OpusHead'));
  head[8] = 1;
  head[9] = 1;
  const view = new DataView(head.buffer);
  view.setUint16(10, preSkip, true);
  view.setUint32(12, inputRate, true);
  return head;
}

export function opusTags(vendor: string): Uint8Array {
  const name = text(vendor);
  const tags = new Uint8Array(8 + 4 + name.length + 4);
  tags.set(text('OpusTags'));
  new DataView(tags.buffer).setUint32(8, name.length, true);
  tags.set(name, 12);
  return tags;
}
