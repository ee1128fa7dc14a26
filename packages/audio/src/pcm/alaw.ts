/** G.711 A-law (ITU-T G.711, Table 1). */

/** One 16-bit sample to its A-law byte; exact inverse of {@link alawToLinear} on its values. */
export function linearToAlaw(sample: number): number {
  // The negative half is the mirror image shifted by one step, as in the ITU reference code.
  const positive = sample >= 0;
  const magnitude = Math.min(4095, (positive ? sample : -sample - 1) >> 3);
  // Segments 0 and 1 have one step size, the others double it each.
  const exponent = magnitude < 32 ? 0 : 31 - Math.clz32(magnitude) - 4;
  const mantissa = (magnitude >> Math.max(1, exponent)) & 0x0f;
  return ((positive ? 0x80 : 0) | (exponent << 4) | mantissa) ^ 0x55;
}

/** An A-law byte to its 16-bit sample. */
export function alawToLinear(byte: number): number {
  const a = (byte ^ 0x55) & 0xff;
  const exponent = (a >> 4) & 7;
  const mantissa = a & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return a & 0x80 ? magnitude : -magnitude;
}

/** Samples −1 … 1 to A-law bytes; values outside are clipped. */
export function encodeAlaw(samples: Float32Array): Uint8Array {
  return Uint8Array.from(samples, (v) => linearToAlaw(Math.round(Math.max(-1, Math.min(1, v)) * 32767)));
}

/** A-law bytes to samples −1 … 1. */
export function decodeAlaw(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (b) => alawToLinear(b) / 32768);
}
