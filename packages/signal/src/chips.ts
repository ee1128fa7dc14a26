/**
 * The carrier: which cell of a slot carries which coded bit, and with which sign (protocol/spec/02-signal.md).
 * A cell is one tile × one band. Two tiles that follow each other form a Manchester pair, +c then −c, so a slow change of
 * level cancels. Sixteen pairs of a model frame are dealt four to each of the four coded bits.
 */
import { BANDS, BITS_PER_FRAME, CELLS, FAMILIES, FRAMES_PER_SLOT, TILES_PER_FRAME, TILES_PER_SLOT } from './profile.ts';
import { permutation, splitMix32 } from './random.ts';

/** One period of the carrier. Both arrays are [TILES_PER_SLOT × BANDS], tile-major. */
export interface Chips {
  /** +1 or −1 for every cell. */
  readonly sign: Float32Array;
  /** Which of the frame's four coded bits the cell carries, 0 … 3. */
  readonly bit: Uint8Array;
}

const PAIRS = CELLS / 2;
/** Seed of family 0. */
const SEED = 0x756e6430;

/** The carrier of a chip family, 0 … FAMILIES − 1. Throws a RangeError for others. */
export function makeChips(family = 0): Chips {
  if (!Number.isInteger(family) || family < 0 || family >= FAMILIES) throw new RangeError(`there is no chip family ${family}`);
  const sign = new Float32Array(TILES_PER_SLOT * BANDS);
  const bit = new Uint8Array(TILES_PER_SLOT * BANDS);
  const next = splitMix32(SEED + family);
  for (let frame = 0; frame < FRAMES_PER_SLOT; frame++) {
    const order = permutation(PAIRS, next);
    const signs = next();
    for (let pair = 0; pair < PAIRS; pair++) {
      const half = Math.floor(pair / BANDS);
      const cell = (frame * TILES_PER_FRAME + half * 2) * BANDS + (pair % BANDS);
      const c = (signs >>> pair) & 1 ? -1 : 1;
      sign[cell] = c;
      sign[cell + BANDS] = -c;
      bit[cell] = bit[cell + BANDS] = order[pair] % BITS_PER_FRAME;
    }
  }
  return { sign, bit };
}
