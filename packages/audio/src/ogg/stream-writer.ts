/** An Ogg/Opus stream as it is spoken: one packet in a page, sent at once. */
import { opusHead, opusTags } from './headers.ts';
import { FIRST, writePage } from './page.ts';

/** How a live stream is described. */
export interface OggStreamOptions {
  readonly serial: number;
  /** Samples at 48 kHz that a player drops at the start. */
  readonly preSkip: number;
  /** Rate of the original, Hz. */
  readonly inputRate: number;
  readonly vendor: string;
}

/** Writes pages one by one. */
export class OggStreamWriter {
  readonly #options: OggStreamOptions;
  #sequence = 0;
  #granule = 0;

  constructor(options: OggStreamOptions) {
    this.#options = options;
  }

  /** The two header pages, which come first. */
  headers(): Uint8Array[] {
    const { preSkip, inputRate, vendor } = this.#options;
    return [this.#page(opusHead(preSkip, inputRate), FIRST), this.#page(opusTags(vendor), 0)];
  }

  /** @param samples48k the packet's length in samples at 48 kHz */
  packet(packet: Uint8Array, samples48k: number): Uint8Array {
    this.#granule += samples48k;
    return this.#page(packet, 0);
  }

  #page(packet: Uint8Array, flags: number): Uint8Array {
    const { serial } = this.#options;
    return writePage([packet], { granule: this.#granule, serial, sequence: this.#sequence++, flags });
  }
}
