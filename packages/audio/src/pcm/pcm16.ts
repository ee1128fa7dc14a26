/** 16-bit little-endian PCM and 32-bit floats: the formats of pipes and voice APIs. */

/** One sample −1 … 1 to a 16-bit integer, rounded and clipped. NaN becomes 0. */
export function toInt16(value: number): number {
  const scaled = Math.round(value * 32768);
  return scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled || 0;
}

/** Samples −1 … 1 to 16-bit integers. */
export function floatToInt16(samples: Float32Array): Int16Array {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = toInt16(samples[i]);
  return out;
}

/** 16-bit integers to samples −1 … 1; {@link floatToInt16} gives back the same integers. */
export function int16ToFloat(samples: Int16Array): Float32Array {
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = samples[i] / 32768;
  return out;
}

/** Samples −1 … 1 to little-endian bytes, two per sample, on any machine. */
export function encodePcm16(samples: Float32Array): Uint8Array {
  const out = new Uint8Array(2 * samples.length);
  const view = new DataView(out.buffer);
  for (let i = 0; i < samples.length; i++) view.setInt16(2 * i, toInt16(samples[i]), true);
  return out;
}

/** Little-endian bytes to samples −1 … 1. A last odd byte is left out: a reader of a pipe keeps it for the next piece. */
export function decodePcm16(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(bytes.length >> 1);
  for (let i = 0; i < out.length; i++) out[i] = view.getInt16(2 * i, true) / 32768;
  return out;
}
