/** Opus packets in Ogg pages (RFC 3533, RFC 7845), mono. */

const CRC: Uint32Array = Uint32Array.from({ length: 256 }, (_, i) => {
  let r = i << 24;
  for (let k = 0; k < 8; k++) r = r & 0x80000000 ? (r << 1) ^ 0x04c11db7 : r << 1;
  return r >>> 0;
});

function checksum(bytes: Uint8Array): number {
  let crc = 0;
  for (const b of bytes) crc = ((crc << 8) ^ CRC[((crc >>> 24) ^ b) & 0xff]) >>> 0;
  return crc;
}

const FIRST = 2;
const LAST = 4;

function page(packets: readonly Uint8Array[], granule: number, serial: number, sequence: number, flags: number): Uint8Array {
  const lacing = packets.flatMap((p) => [...Array.from({ length: Math.floor(p.length / 255) }, () => 255), p.length % 255]);
  const body = packets.reduce((a, p) => a + p.length, 0);
  const bytes = new Uint8Array(27 + lacing.length + body);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4f, 0x67, 0x67, 0x53, 0, flags]);
  view.setBigUint64(6, BigInt(granule), true);
  view.setUint32(14, serial, true);
  view.setUint32(18, sequence, true);
  bytes[26] = lacing.length;
  bytes.set(lacing, 27);
  let at = 27 + lacing.length;
  for (const p of packets) {
    bytes.set(p, at);
    at += p.length;
  }
  view.setUint32(22, checksum(bytes), true);
  return bytes;
}

/** How a stream of packets is described. */
export interface OggOpusOptions {
  /** Samples at 48 kHz that a player drops at the start. */
  readonly preSkip: number;
  /** Samples at 48 kHz of the sound itself. */
  readonly samples: number;
  /** Samples at 48 kHz in a packet. */
  readonly packetSamples: number;
  /** Rate of the original, Hz. */
  readonly inputRate: number;
}

/** Writes an Ogg/Opus file. */
export function encodeOggOpus(packets: readonly Uint8Array[], options: OggOpusOptions): Uint8Array {
  const serial = 0x756e6474;
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  const head = new Uint8Array(19);
  head.set(text('OpusHead'));
  head[8] = 1;
  head[9] = 1;
  const view = new DataView(head.buffer);
  view.setUint16(10, options.preSkip, true);
  view.setUint32(12, options.inputRate, true);
  const vendor = text('undertone');
  const tags = new Uint8Array(8 + 4 + vendor.length + 4);
  tags.set(text('OpusTags'));
  new DataView(tags.buffer).setUint32(8, vendor.length, true);
  tags.set(vendor, 12);
  const pages = [page([head], 0, serial, 0, FIRST), page([tags], 0, serial, 1, 0)];
  for (let at = 0; at < packets.length; ) {
    // A page has at most 255 lacing values; a second of packets keeps a player's seeking fine.
    let end = at;
    for (let lacing = 0; end < packets.length && end < at + 50; end++) {
      lacing += Math.floor(packets[end].length / 255) + 1;
      if (lacing > 255) break;
    }
    const last = end === packets.length;
    const granule = last ? options.preSkip + options.samples : end * options.packetSamples;
    pages.push(page(packets.slice(at, end), granule, serial, pages.length, last ? LAST : 0));
    at = end;
  }
  const out = new Uint8Array(pages.reduce((a, p) => a + p.length, 0));
  let at = 0;
  for (const p of pages) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}
