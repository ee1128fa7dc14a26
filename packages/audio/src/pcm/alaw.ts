/** G.711 A-law (ITU-T G.711, Table 1). */

/** An A-law byte to its 16-bit sample. */
export function alawToLinear(byte: number): number {
  const a = byte ^ 0x55;
  const exponent = (a >> 4) & 7;
  const mantissa = a & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return a & 0x80 ? magnitude : -magnitude;
}

/** One 16-bit sample to its A-law byte. */
export function linearToAlaw(sample: number): number {
  const magnitude = Math.min(32767, sample < 0 ? -sample - 1 : sample);
  const exponent = magnitude < 256 ? 0 : 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 0x0f;
  return ((sample < 0 ? 0 : 0x80) | (exponent << 4) | mantissa) ^ 0x55;
}

/** Samples −1 … 1 to A-law bytes. */
export function encodeAlaw(samples: Float32Array): Uint8Array {
  return Uint8Array.from(samples, (v) => linearToAlaw(Math.round(Math.max(-1, Math.min(1, v)) * 32767)));
}

/** A-law bytes to samples −1 … 1. */
export function decodeAlaw(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (b) => alawToLinear(b) / 32768);
}
