/** A whole Ogg/Opus file. */
import { opusHead, opusTags } from './headers.ts';
import { FIRST, LAST, lacingOf, MAX_LACING, writePage } from './page.ts';

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
  const pages = [
    writePage([opusHead(options.preSkip, options.inputRate)], { granule: 0, serial, sequence: 0, flags: FIRST }),
    writePage([opusTags('undertone')], { granule: 0, serial, sequence: 1, flags: 0 }),
  ];
  for (let at = 0; at < packets.length; ) {
    // A second of packets in a page keeps a player's seeking fine.
    let end = at;
    for (let lacing = 0; end < packets.length && end < at + 50; end++) {
      lacing += lacingOf(packets[end]);
      if (lacing > MAX_LACING) break;
    }
    const last = end === packets.length;
    const granule = last ? options.preSkip + options.samples : end * options.packetSamples;
    pages.push(writePage(packets.slice(at, end), { granule, serial, sequence: pages.length, flags: last ? LAST : 0 }));
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
