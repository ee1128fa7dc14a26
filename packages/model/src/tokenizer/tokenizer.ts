/** SentencePiece: text to token numbers (unigram or BPE), and tokens back to text as they come. */
import { ModelError } from '../errors.ts';
import { readSentencePieceFile, type SentencePieceFile } from './model-file.ts';
import { Normalizer, SPACE } from './normalizer.ts';

/** Characters of one text; a prompt has to fit into the context anyway. */
const TEXT_LIMIT = 8000;
/** What an unknown character costs more than the worst piece. */
const UNKNOWN_PENALTY = 10;

export class Tokenizer {
  private readonly file: SentencePieceFile;
  private readonly normalizer: Normalizer;
  private readonly ids = new Map<string, number>();
  private readonly byteIds = new Map<number, number>();
  private readonly unknown: number;
  private readonly unknownScore: number;
  private readonly longest: number;
  /** No piece reaches over a space, so words can be taken one by one. */
  private readonly wordByWord: boolean;

  /** @throws ModelError `tokenizer-malformed` */
  constructor(model: Uint8Array) {
    this.file = readSentencePieceFile(model);
    this.normalizer = new Normalizer(this.file.normalizer);
    let longest = 1;
    let least = 0;
    this.unknown = this.file.pieces.findIndex((p) => p.kind === 'unknown');
    this.file.pieces.forEach(({ text, kind, score }, id) => {
      if (kind === 'byte') this.byteIds.set(Number.parseInt(text.slice(3, 5), 16), id);
      if (kind !== 'normal' && kind !== 'user') return;
      this.ids.set(text, id);
      longest = Math.max(longest, [...text].length);
      least = Math.min(least, score);
    });
    this.longest = longest;
    this.wordByWord = [...this.ids.keys()].every((text) => !new RegExp(`[^${SPACE}]${SPACE}`).test(text));
    this.unknownScore = least - UNKNOWN_PENALTY;
  }

  get size(): number {
    return this.file.pieces.length;
  }

  /** @throws ModelError `prompt-invalid` when the text is too long */
  encode(text: string): number[] {
    if (text.length > TEXT_LIMIT)
      throw new ModelError('prompt-invalid', `a text of ${text.length} characters; at most ${TEXT_LIMIT}`);
    const normalized = this.normalizer.normalize(text);
    const words = this.wordByWord ? normalized.split(new RegExp(`(?<=[^${SPACE}])(?=${SPACE})`)) : [normalized];
    const segment = (word: string): string[] =>
      this.file.algorithm === 'unigram' ? this.bestPath([...word]) : this.merge([...word]);
    return words.flatMap(segment).flatMap((part) => this.ids.get(part) ?? this.fallback(part));
  }

  /** The text of a token; control tokens have none. Bytes of a character that is not a piece come one by one: see {@link TokenText}. */
  piece(id: number): { text: string } | { byte: number } {
    const piece = this.file.pieces[id];
    if (!piece || piece.kind === 'control' || piece.kind === 'unused') return { text: '' };
    if (piece.kind === 'byte') return { byte: Number.parseInt(piece.text.slice(3, 5), 16) };
    return { text: piece.kind === 'unknown' ? '⁇' : piece.text.replaceAll(SPACE, ' ') };
  }

  private fallback(part: string): number[] {
    if (!this.file.byteFallback) return [this.unknown];
    return [...new TextEncoder().encode(part)].map((byte) => this.byteIds.get(byte) ?? this.unknown);
  }

  /** Unigram: the segmentation of the largest total score. */
  private bestPath(characters: readonly string[]): string[] {
    const score = new Float64Array(characters.length + 1).fill(Number.NEGATIVE_INFINITY);
    const from = new Int32Array(characters.length + 1);
    score[0] = 0;
    for (let start = 0; start < characters.length; start++) {
      let part = '';
      for (let end = start + 1; end <= Math.min(characters.length, start + this.longest); end++) {
        part += characters[end - 1];
        const id = this.ids.get(part);
        const gain = id === undefined ? (end === start + 1 ? this.unknownScore : null) : this.file.pieces[id].score;
        if (gain === null || score[start] + gain <= score[end]) continue;
        score[end] = score[start] + gain;
        from[end] = start;
      }
    }
    const parts: string[] = [];
    for (let end = characters.length; end > 0; end = from[end]) parts.push(characters.slice(from[end], end).join(''));
    return parts.reverse();
  }

  /** BPE: joins the neighbours that make the best piece, the first of equals, until none do. */
  private merge(characters: readonly string[]): string[] {
    const parts = [...characters];
    for (;;) {
      let best = -1;
      let bestScore = Number.NEGATIVE_INFINITY;
      for (let i = 0; i + 1 < parts.length; i++) {
        const id = this.ids.get(parts[i] + parts[i + 1]);
        if (id !== undefined && this.file.pieces[id].score > bestScore) {
          best = i;
          bestScore = this.file.pieces[id].score;
        }
      }
      if (best < 0) return parts;
      parts.splice(best, 2, parts[best] + parts[best + 1]);
    }
  }
}

/** Tokens to text, one at a time; the bytes of a split character are held until it is whole. */
export class TokenText {
  private readonly tokenizer: Tokenizer;
  private readonly decoder = new TextDecoder();

  constructor(tokenizer: Tokenizer) {
    this.tokenizer = tokenizer;
  }

  push(id: number): string {
    const piece = this.tokenizer.piece(id);
    return 'byte' in piece
      ? this.decoder.decode(Uint8Array.of(piece.byte), { stream: true })
      : this.decoder.decode() + piece.text;
  }
}
