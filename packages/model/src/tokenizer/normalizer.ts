/** Prepares text as SentencePiece does: its compiled replacement rules (NFKC and the like), then spaces. */
import { ModelError } from '../errors.ts';
import type { SentencePieceFile } from './model-file.ts';

/** How SentencePiece writes a space. */
export const SPACE = '▁';

/** Replacement rules: a double-array trie over UTF-8 (darts-clone's layout) whose values point into a list of strings. */
class Rules {
  private readonly units: Uint32Array;
  private readonly strings: Uint8Array;

  constructor(bytes: Uint8Array) {
    const fail = (): never => {
      throw new ModelError('tokenizer-malformed', 'not a SentencePiece model: its replacement rules are broken');
    };
    if (bytes.length < 4) fail();
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (size % 4 !== 0 || 4 + size > bytes.length) fail();
    this.units = new Uint32Array(new Uint8Array(bytes.subarray(4, 4 + size)).buffer);
    this.strings = bytes.subarray(4 + size);
  }

  /** The longest rule at a place: how many bytes it takes and what comes instead. */
  match(text: Uint8Array, from: number): { length: number; replacement: Uint8Array } | null {
    const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
    let node = offset(this.units[0] ?? 0);
    let found: { length: number; value: number } | null = null;
    for (let i = from; i < text.length; i++) {
      node ^= text[i];
      const unit = this.units[node] ?? 0;
      if ((unit & 0x800000ff) >>> 0 !== text[i]) break;
      node ^= offset(unit);
      if (unit & 0x100) found = { length: i + 1 - from, value: (this.units[node] ?? 0) & 0x7fffffff };
    }
    if (!found) return null;
    const end = this.strings.indexOf(0, found.value);
    return { length: found.length, replacement: this.strings.subarray(found.value, end < 0 ? this.strings.length : end) };
  }
}

export class Normalizer {
  private readonly rules: Rules | null;
  private readonly settings: SentencePieceFile['normalizer'];

  constructor(settings: SentencePieceFile['normalizer']) {
    this.settings = settings;
    this.rules = settings.rules.length > 0 ? new Rules(settings.rules) : null;
  }

  normalize(text: string): string {
    let out = (this.rules ? this.replace(text, this.rules) : text).replaceAll(SPACE, ' ');
    if (this.settings.removeExtraSpaces) out = out.replace(/ +/g, ' ').replace(/^ | $/g, '');
    if (out === '') return '';
    return (this.settings.addDummyPrefix ? SPACE : '') + out.replaceAll(' ', SPACE);
  }

  private replace(text: string, rules: Rules): string {
    const bytes = new TextEncoder().encode(text);
    const out: number[] = [];
    for (let i = 0; i < bytes.length; ) {
      const rule = rules.match(bytes, i);
      if (rule) {
        out.push(...rule.replacement);
        i += rule.length;
      } else {
        do out.push(bytes[i++]);
        while (i < bytes.length && (bytes[i] & 0xc0) === 0x80);
      }
    }
    return new TextDecoder().decode(Uint8Array.from(out));
  }
}
