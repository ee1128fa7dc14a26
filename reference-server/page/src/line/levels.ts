/** How loud a block is. */

/** Root of the mean square under which nobody speaks. */
export const QUIET = 0.004;

export function loudness(samples: Float32Array): number {
  let energy = 0;
  for (const v of samples) energy += v * v;
  return Math.sqrt(energy / Math.max(1, samples.length));
}

export function peak(samples: Float32Array): number {
  let most = 0;
  for (const v of samples) most = Math.max(most, Math.abs(v));
  return most;
}
