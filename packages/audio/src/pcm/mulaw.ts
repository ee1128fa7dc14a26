/** G.711 µ-law (ITU-T G.711, Table 2). */
const BIAS = 0x84;
const CLIP = 32635;

/** One 16-bit sample to its µ-law byte. */
export function linearToMulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(CLIP, Math.abs(sample)) + BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** A µ-law byte to its 16-bit sample. */
export function mulawToLinear(byte: number): number {
  const u = ~byte & 0xff;
  const magnitude = ((((u & 0x0f) << 3) + BIAS) << ((u >> 4) & 7)) - BIAS;
  return u & 0x80 ? -magnitude : magnitude;
}

/** Samples −1 … 1 to µ-law bytes. */
export function encodeMulaw(samples: Float32Array): Uint8Array {
  return Uint8Array.from(samples, (v) => linearToMulaw(Math.round(Math.max(-1, Math.min(1, v)) * 32767)));
}

/** µ-law bytes to samples −1 … 1. */
export function decodeMulaw(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (b) => mulawToLinear(b) / 32768);
}
