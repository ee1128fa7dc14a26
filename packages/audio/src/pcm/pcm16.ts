/** 16-bit little-endian PCM, as telephony and WebSocket APIs send it. */

/** Samples −1 … 1 to bytes, clipped. */
export function encodePcm16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  samples.forEach((v, i) => {
    view.setInt16(2 * i, Math.max(-32768, Math.min(32767, Math.round(v * 32768))), true);
  });
  return bytes;
}

/** Bytes to samples −1 … 1; an odd last byte is ignored. */
export function decodePcm16(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true) / 32768);
}
