/** What a voice sounds like over time, in numbers: the spectrum's envelope and the pitch of every voiced frame. */

/** Rate of the sound that is described, Hz. */
export const FEATURE_RATE = 24000;
/** Samples from one description to the next (20 ms) and samples that each covers. */
const HOP = 480;
const WINDOW = 1024;
/** Bands of the envelope, on the mel scale from 100 Hz to 7 kHz, and cepstral coefficients kept (the loudness is left out). */
const BANDS = 26;
const LOWEST_HZ = 100;
const HIGHEST_HZ = 7000;
export const COEFFICIENTS = 14;
/** Pitch of human voices, Hz. */
const LOWEST_PITCH = 60;
const HIGHEST_PITCH = 420;
/** Normalised autocorrelation above which a frame is voiced. */
const VOICED = 0.5;
/** Root of the mean square below which nothing is described. */
const QUIET = 0.005;

export interface VoicedFrame {
  /** Cepstral coefficients 1 … 14. */
  readonly cepstrum: Float64Array;
  /** Octaves above 1 Hz. */
  readonly pitch: number;
}

/** The voiced frames of a stretch of sound, 24 kHz, −1 … 1. */
export function voicedFrames(samples: Float32Array): VoicedFrame[] {
  const frames: VoicedFrame[] = [];
  for (let start = 0; start + WINDOW <= samples.length; start += HOP) {
    const frame = samples.subarray(start, start + WINDOW);
    if (Math.sqrt(frame.reduce((sum, v) => sum + v * v, 0) / WINDOW) < QUIET) continue;
    const pitch = pitchOf(frame);
    if (pitch !== null) frames.push({ cepstrum: cepstrumOf(frame), pitch: Math.log2(pitch) });
  }
  return frames;
}

/** The fundamental by autocorrelation, Hz; null for a frame that is not voiced. */
function pitchOf(frame: Float32Array): number | null {
  const half = WINDOW / 2;
  const longest = Math.min(half, Math.floor(FEATURE_RATE / LOWEST_PITCH));
  const shortest = Math.ceil(FEATURE_RATE / HIGHEST_PITCH);
  const at = (lag: number): number => {
    let cross = 0;
    let first = 1e-9;
    let second = 1e-9;
    for (let i = 0; i < WINDOW - longest; i++) {
      cross += frame[i] * frame[i + lag];
      first += frame[i] * frame[i];
      second += frame[i + lag] * frame[i + lag];
    }
    return cross / Math.sqrt(first * second);
  };
  const curve = Float64Array.from({ length: longest + 1 }, (_, lag) => (lag < shortest ? 0 : at(lag)));
  const top = curve.reduce((most, v) => Math.max(most, v));
  if (top < VOICED) return null;
  // The first peak that is nearly the highest: the others are its multiples.
  for (let lag = shortest + 1; lag < longest; lag++)
    if (curve[lag] > 0.9 * top && curve[lag] >= curve[lag - 1] && curve[lag] >= curve[lag + 1]) return FEATURE_RATE / lag;
  return null;
}

const mel = (hz: number): number => 1127 * Math.log1p(hz / 700);
const hertz = (m: number): number => 700 * Math.expm1(m / 1127);

/** Centres of the bands and of their neighbours, Hz. */
const EDGES = Array.from({ length: BANDS + 2 }, (_, i) =>
  hertz(mel(LOWEST_HZ) + ((mel(HIGHEST_HZ) - mel(LOWEST_HZ)) * i) / (BANDS + 1)),
);
const COSINES = Float64Array.from({ length: WINDOW / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / WINDOW));
const SINES = Float64Array.from({ length: WINDOW / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / WINDOW));
const HANN = Float64Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));

function cepstrumOf(frame: Float32Array): Float64Array {
  const power = powerSpectrum(frame);
  const bin = FEATURE_RATE / WINDOW;
  const bands = Float64Array.from({ length: BANDS }, (_, b) => {
    const [low, centre, high] = EDGES.slice(b, b + 3);
    let sum = 1e-9;
    for (let i = Math.ceil(low / bin); i <= Math.floor(high / bin); i++) {
      const hz = i * bin;
      sum += power[i] * (hz < centre ? (hz - low) / (centre - low) : (high - hz) / (high - centre));
    }
    return Math.log(sum);
  });
  return Float64Array.from(
    { length: COEFFICIENTS },
    (_, k) => bands.reduce((sum, v, b) => sum + v * Math.cos((Math.PI * (k + 1) * (b + 0.5)) / BANDS), 0) / BANDS,
  );
}

/** |X|² of the first half of the bins: an iterative transform of a power of two. */
function powerSpectrum(frame: Float32Array): Float64Array {
  const re = new Float64Array(WINDOW);
  const im = new Float64Array(WINDOW);
  const bits = Math.log2(WINDOW);
  for (let i = 0; i < WINDOW; i++) {
    let reversed = 0;
    for (let b = 0; b < bits; b++) reversed |= ((i >> b) & 1) << (bits - 1 - b);
    re[reversed] = frame[i] * HANN[i];
  }
  for (let size = 2; size <= WINDOW; size *= 2)
    for (let start = 0; start < WINDOW; start += size)
      for (let k = 0; k < size / 2; k++) {
        const turn = (k * WINDOW) / size;
        const a = start + k;
        const b = a + size / 2;
        const r = re[b] * COSINES[turn] + im[b] * SINES[turn];
        const i = im[b] * COSINES[turn] - re[b] * SINES[turn];
        re[b] = re[a] - r;
        im[b] = im[a] - i;
        re[a] += r;
        im[a] += i;
      }
  return re.subarray(0, WINDOW / 2).map((v, i) => v * v + im[i] * im[i]);
}
