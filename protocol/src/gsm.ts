/** GSM full rate (ETSI EN 300 961) through sox, which brings the codec; no package on npm does. */
import { spawnSync } from 'node:child_process';

/** Most bytes that sox may answer with: an hour of 8 kHz. */
const MOST_BYTES = 2 * 8000 * 3600;
const LINEAR = ['-t', 'raw', '-r', '8000', '-e', 'signed', '-b', '16', '-c', '1', '-'];
const CODED = ['-t', 'gsm', '-r', '8000', '-c', '1', '-'];

function sox(from: readonly string[], to: readonly string[], input: Uint8Array): Uint8Array | null {
  const { status, stdout } = spawnSync('sox', ['-D', ...from, ...to], { input, maxBuffer: MOST_BYTES });
  return status === 0 && stdout.length > 0 ? stdout : null;
}

/**
 * Codes 8 kHz samples of −1 … 1 at 13 kbit/s and decodes them again.
 * @returns null where there is no sox that knows GSM
 */
export function gsmRoundTrip(samples: Float32Array): Float32Array | null {
  const linear = Int16Array.from(samples, (x) => Math.round(Math.max(-1, Math.min(1, x)) * 32767));
  const coded = sox(LINEAR, CODED, new Uint8Array(linear.buffer));
  const heard = coded && sox(CODED, LINEAR, coded);
  return heard && Float32Array.from(new Int16Array(heard.slice().buffer), (x) => x / 32768);
}
