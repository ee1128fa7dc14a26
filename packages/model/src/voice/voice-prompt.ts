/**
 * PersonaPlex's voice files: the temporal transformer's inputs while the voice was being heard, one embedding per step, and the token
 * columns with which the streams go on. Written by torch.save; read as data.
 */
import { CODEBOOKS, type LmConfig, STREAMS } from '../config.ts';
import { ModelError } from '../errors.ts';
import { bf16ToFloat } from '../weights/bfloat16.ts';
import { elementCount } from '../weights/tensor-source.ts';
import { type PickledTensor, readPickle } from './pickle.ts';
import { readZip } from './zip.ts';

/** Columns that the file keeps, a ring indexed by step. */
export const RING = 4;
/** A voice prompt takes a few seconds; this is two minutes. */
const STEP_LIMIT = 1500;

export interface VoicePrompt {
  readonly steps: number;
  /** float32 [steps, dim]: replaces the sum of the embeddings at each step. */
  readonly embeddings: Float32Array;
  /** Token streams of each ring column: `ring[column][stream]`. */
  readonly ring: readonly (readonly number[])[];
}

const WIDTHS: Readonly<Record<string, number>> = { 'torch.FloatStorage': 4, 'torch.BFloat16Storage': 2, 'torch.LongStorage': 8 };

/** @throws ModelError `voice-malformed`; nothing in the file is executed */
export function readVoicePrompt(file: Uint8Array, dim: number): VoicePrompt {
  const entries = readZip(file);
  const find = (ending: string): Uint8Array => {
    for (const [name, bytes] of entries) if (name.slice(name.indexOf('/') + 1) === ending) return bytes;
    throw new ModelError('voice-malformed', `not a voice prompt: it has no ${ending}`);
  };
  const dictionary = readPickle(find('data.pkl'));
  const tensor = (
    name: string,
    types: readonly string[],
  ): { shape: readonly number[]; bytes: Uint8Array<ArrayBuffer>; type: string } => {
    const value = dictionary.get(name) as PickledTensor | undefined;
    if (!value?.storageType || !types.includes(value.storageType)) throw bad(`it has no tensor ${name} of a known type`);
    contiguous(name, value);
    const width = WIDTHS[value.storageType];
    const length = elementCount(value.shape) * width;
    const storage = find(`data/${value.storageKey}`);
    const start = value.offset * width;
    if (start + length > storage.length) throw bad(`${name} needs ${start + length} bytes, there are ${storage.length}`);
    // A copy, since typed arrays need aligned memory.
    return { shape: value.shape, bytes: new Uint8Array(storage.subarray(start, start + length)), type: value.storageType };
  };

  const embeddings = tensor('embeddings', ['torch.FloatStorage', 'torch.BFloat16Storage']);
  const steps = embeddings.shape[0];
  if (steps < 1 || steps > STEP_LIMIT || elementCount(embeddings.shape) !== steps * dim || embeddings.shape.at(-1) !== dim)
    throw bad(`embeddings have shape [${embeddings.shape.join(', ')}], [steps, 1, 1, ${dim}] is needed`);
  const cache = tensor('cache', ['torch.LongStorage']);
  if (cache.shape.join() !== [1, STREAMS, RING].join()) throw bad(`cache has shape [${cache.shape.join(', ')}]`);
  const tokens = new BigInt64Array(cache.bytes.buffer);
  return {
    steps,
    embeddings:
      embeddings.type === 'torch.FloatStorage'
        ? new Float32Array(embeddings.bytes.buffer)
        : bf16ToFloat(new Uint16Array(embeddings.bytes.buffer)),
    ring: Array.from({ length: RING }, (_, column) =>
      Array.from({ length: STREAMS }, (_, stream) => Number(tokens[stream * RING + column])),
    ),
  };
}

/**
 * Checks the tokens with which the streams go on: the next column, and the delayed codes of the one after.
 * @throws ModelError `voice-malformed`
 */
export function checkTokens({ steps, ring }: VoicePrompt, { textCard, audioCard }: LmConfig): void {
  const [text, ...codes] = ring[steps % RING];
  const after = ring[(steps + 1) % RING];
  const delayed = after.filter((_, stream) => stream > 1 && stream !== 1 + CODEBOOKS);
  const valid = (token: number, card: number): boolean => token >= 0 && token <= card;
  if (!valid(text, textCard) || ![...codes, ...delayed].every((code) => valid(code, audioCard)))
    throw bad('its tokens are out of range');
}

function bad(why: string): ModelError {
  return new ModelError('voice-malformed', `not a voice prompt: ${why}`);
}

function contiguous(name: string, { shape, strides }: PickledTensor): void {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) throw bad(`${name} is not stored in one piece`);
    expected *= shape[axis];
  }
}
