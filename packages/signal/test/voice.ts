/** Something like speech at 8 kHz: gliding harmonics under syllables. */
export const voice = (seconds: number): Float32Array =>
  Float32Array.from({ length: seconds * 8000 }, (_, i) => {
    const t = i / 8000;
    let v = 0;
    for (let h = 1; h < 25; h++) v += Math.sin(2 * Math.PI * h * (130 * t + 8 * Math.sin(3 * t))) / h;
    return 0.08 * v * (0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * t));
  });

/** Coded bits of a model frame, ±1. */
export const bitsOf = (frame: number): Int8Array =>
  Int8Array.from({ length: 4 }, (_, i) => ((frame * 7 + i * 3) % 5 < 2 ? 1 : -1));
