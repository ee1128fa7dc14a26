/** Reads SentencePiece's .model file: pieces with scores, the algorithm, and how text is prepared. */
import { ModelError } from '../errors.ts';
import { type Field, readFields } from '../onnx/protobuf.ts';

export type PieceKind = 'normal' | 'unknown' | 'control' | 'user' | 'unused' | 'byte';
export interface Piece {
  readonly text: string;
  readonly score: number;
  readonly kind: PieceKind;
}

export interface SentencePieceFile {
  readonly pieces: readonly Piece[];
  readonly algorithm: 'unigram' | 'bpe';
  readonly byteFallback: boolean;
  readonly normalizer: {
    /** Compiled replacement rules; empty for none. */
    readonly rules: Uint8Array;
    readonly addDummyPrefix: boolean;
    readonly removeExtraSpaces: boolean;
  };
}

const KINDS: Readonly<Record<number, PieceKind>> = { 1: 'normal', 2: 'unknown', 3: 'control', 4: 'user', 5: 'unused', 6: 'byte' };
const ALGORITHMS: Readonly<Record<number, 'unigram' | 'bpe'>> = { 1: 'unigram', 2: 'bpe' };
const FILE_LIMIT = 64 * 1024 * 1024;

/** @throws ModelError `tokenizer-malformed` */
export function readSentencePieceFile(bytes: Uint8Array): SentencePieceFile {
  const fail = (why: string): never => {
    throw new ModelError('tokenizer-malformed', `not a SentencePiece model: ${why}`);
  };
  if (bytes.length > FILE_LIMIT) fail(`it takes ${bytes.length} bytes`);
  const fields = (message: Uint8Array): Field[] => readFields(message) ?? fail('it is truncated or of another form');
  const top = fields(bytes);
  const last = (message: readonly Field[], number: number): Field | undefined => message.findLast((f) => f.number === number);
  const part = (number: number): Field[] => fields(last(top, number)?.bytes ?? new Uint8Array(0));

  const pieces = top
    .filter((f) => f.number === 1)
    .map((f) => {
      const piece = fields(f.bytes);
      const score = last(piece, 2)?.bytes;
      return {
        text: new TextDecoder().decode(last(piece, 1)?.bytes),
        score: score?.length === 4 ? new DataView(score.buffer, score.byteOffset).getFloat32(0, true) : 0,
        kind: KINDS[last(piece, 3)?.value ?? 1] ?? fail('a piece is of no known kind'),
      };
    });
  if (pieces.length === 0) fail('it has no pieces');
  const trainer = part(2);
  const normalizer = part(3);
  const flag = (message: readonly Field[], number: number, otherwise: boolean): boolean =>
    (last(message, number)?.value ?? Number(otherwise)) !== 0;
  return {
    pieces,
    algorithm: ALGORITHMS[last(trainer, 3)?.value ?? 1] ?? fail('its algorithm is neither unigram nor BPE'),
    byteFallback: flag(trainer, 35, false),
    normalizer: {
      rules: last(normalizer, 2)?.bytes ?? new Uint8Array(0),
      addDummyPrefix: flag(normalizer, 3, true),
      removeExtraSpaces: flag(normalizer, 4, true),
    },
  };
}
