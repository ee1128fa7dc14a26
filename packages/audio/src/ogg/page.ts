/** Pages of an Ogg stream (RFC 3533). */

/** Flags in a page's header. */
export const CONTINUED = 1;
export const FIRST = 2;
export const LAST = 4;
/** Bytes of a page before its lacing values. */
export const PAGE_HEADER = 27;
/** Most lacing values in a page. */
export const MAX_LACING = 255;

const CRC: Uint32Array = Uint32Array.from({ length: 256 }, (_, i) => {
  let r = i << 24;
  for (let k = 0; k < 8; k++) r = r & 0x80000000 ? (r << 1) ^ 0x04c11db7 : r << 1;
  return r >>> 0;
});

/** The checksum of a page; what stands in its checksum field counts as 0. */
export function checksum(page: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < page.length; i++) {
    const b = i >= 22 && i < 26 ? 0 : page[i];
    crc = ((crc << 8) ^ CRC[((crc >>> 24) ^ b) & 0xff]) >>> 0;
  }
  return crc;
}

/** What a page says beside its packets. */
export interface PageHeader {
  /** Samples at 48 kHz up to the end of its last packet. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
  readonly flags: number;
}

/** Lacing values that a packet takes. */
export const lacingOf = (packet: Uint8Array): number => Math.floor(packet.length / 255) + 1;

/** Writes a page of whole packets, {@link MAX_LACING} lacing values at most. */
export function writePage(packets: readonly Uint8Array[], header: PageHeader): Uint8Array {
  const lacing = packets.flatMap((p) => [...Array.from({ length: lacingOf(p) - 1 }, () => 255), p.length % 255]);
  const body = packets.reduce((a, p) => a + p.length, 0);
  const bytes = new Uint8Array(PAGE_HEADER + lacing.length + body);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4f, 0x67, 0x67, 0x53, 0, header.flags]);
  view.setBigUint64(6, BigInt(header.granule), true);
  view.setUint32(14, header.serial, true);
  view.setUint32(18, header.sequence, true);
  bytes[26] = lacing.length;
  bytes.set(lacing, PAGE_HEADER);
  let at = PAGE_HEADER + lacing.length;
  for (const p of packets) {
    bytes.set(p, at);
    at += p.length;
  }
  view.setUint32(22, checksum(bytes), true);
  return bytes;
}

/** Whether a page begins here. */
export const isPage = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x4f && bytes[at + 1] === 0x67 && bytes[at + 2] === 0x67 && bytes[at + 3] === 0x53 && bytes[at + 4] === 0;

/** Whether the checksum of a whole page holds. */
export function checksumHolds(page: Uint8Array): boolean {
  return new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(22, true) === checksum(page);
}
