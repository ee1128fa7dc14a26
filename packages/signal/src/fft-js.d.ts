/** Radix-4 FFT of a power-of-two size; complex arrays interleave real and imaginary parts. */
declare module 'fft.js' {
  export default class FFT {
    constructor(size: number);
    realTransform(out: Float64Array, data: Float64Array): void;
    completeSpectrum(spectrum: Float64Array): void;
    inverseTransform(out: Float64Array, data: Float64Array): void;
  }
}
