/** Loudness of one channel after ITU-R BS.1770-4, its filters designed for any rate by the Audio EQ Cookbook. */

const BLOCK_SECONDS = 0.4;
/** Blocks begin four to a block's length. */
const OVERLAPPING = 4;
/** Blocks quieter than this, or than this much below the others' mean, do not count. */
const SILENCE_LUFS = -70;
const GATE_DB = 10;

/** b₀, b₁, b₂, a₁, a₂; a₀ is 1. */
type Biquad = readonly [number, number, number, number, number];

/**
 * LUFS; −∞ for silence and for sound shorter than one block of 0.4 s.
 * @param samples −1 … 1
 */
export function loudness(samples: Float32Array, rate: number): number {
  const heard = filter(filter(samples, highShelf(rate, 1500, Math.SQRT1_2, 4)), highPass(rate, 38, 0.5));
  const powers = blockPowers(heard, rate);
  const loud = powers.filter((power) => lufs(power) >= SILENCE_LUFS);
  const gate = lufs(mean(loud)) - GATE_DB;
  return lufs(mean(loud.filter((power) => lufs(power) > gate)));
}

const lufs = (power: number): number => -0.691 + 10 * Math.log10(power);
const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, v) => sum + v, 0) / values.length;

function blockPowers(samples: Float64Array, rate: number): number[] {
  const length = BLOCK_SECONDS * rate;
  const powers: number[] = [];
  for (let block = 0; ; block++) {
    const from = Math.floor((block * length) / OVERLAPPING);
    const to = Math.floor((block / OVERLAPPING + 1) * length);
    if (to > samples.length) return powers;
    let sum = 0;
    for (let i = from; i < to; i++) sum += samples[i] ** 2;
    powers.push(sum / length);
  }
}

function filter(samples: ArrayLike<number>, [b0, b1, b2, a1, a2]: Biquad): Float64Array {
  const out = new Float64Array(samples.length);
  let first = 0;
  let second = 0;
  for (let i = 0; i < out.length; i++) {
    const x = samples[i];
    const y = b0 * x + first;
    first = b1 * x - a1 * y + second;
    second = b2 * x - a2 * y;
    out[i] = y;
  }
  return out;
}

function highShelf(rate: number, frequency: number, q: number, gainDb: number): Biquad {
  const a = 10 ** (gainDb / 40);
  const { cos, alpha } = corner(rate, frequency, q);
  const slope = 2 * Math.sqrt(a) * alpha;
  return normalised(
    [a * (a + 1 + (a - 1) * cos + slope), -2 * a * (a - 1 + (a + 1) * cos), a * (a + 1 + (a - 1) * cos - slope)],
    [a + 1 - (a - 1) * cos + slope, 2 * (a - 1 - (a + 1) * cos), a + 1 - (a - 1) * cos - slope],
  );
}

function highPass(rate: number, frequency: number, q: number): Biquad {
  const { cos, alpha } = corner(rate, frequency, q);
  return normalised([(1 + cos) / 2, -(1 + cos), (1 + cos) / 2], [1 + alpha, -2 * cos, 1 - alpha]);
}

function corner(rate: number, frequency: number, q: number): { cos: number; alpha: number } {
  const w = (2 * Math.PI * frequency) / rate;
  return { cos: Math.cos(w), alpha: Math.sin(w) / (2 * q) };
}

function normalised([b0, b1, b2]: readonly number[], [a0, a1, a2]: readonly number[]): Biquad {
  return [b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0];
}
