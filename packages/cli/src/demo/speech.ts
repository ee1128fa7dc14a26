/** The voices of the demonstration: real recordings that come with the package, and a synthetic one. */
import { readFile } from 'node:fs/promises';
import { decodeAudio } from '@undertone/audio';

/** Rate of all speech in the demonstration, Hz. */
export const RATE = 16000;

async function load(name: string): Promise<Float32Array> {
  const { channels } = await decodeAudio(await readFile(new URL(`../../assets/${name}`, import.meta.url)));
  return channels[0];
}

/** The agent: Italian, male, 30 s. */
export const agentVoice = (): Promise<Float32Array> => load('agent-it-m.flac');
/** The caller: Russian, female, 30 s. */
export const callerVoice = (): Promise<Float32Array> => load('caller-ru-f.flac');

/** What the synthetic agent says: about half a minute. */
const BOOKING_DESK =
  'Hello, this is the booking desk speaking. I am a synthetic voice, and my identity travels inside the sound that you hear now. ' +
  'You can ask me for the times of the trains, for a seat by the window, or for a refund of up to two hundred euro. ' +
  'I may read your booking and change it, and I may do nothing else. If somebody copies my voice, the mark will not be there. ' +
  'If somebody copies the mark, the words will not fit. Please tell me now how I can help you today, and take all the time that you need.';

/** The second agent: English, synthetic. */
export async function bookingDeskVoice(): Promise<Float32Array> {
  const { Synthesizer } = await import('@undertone/reference-server/voice');
  const synthesizer = new Synthesizer();
  try {
    return await synthesizer.speak(BOOKING_DESK, RATE);
  } finally {
    await synthesizer.close();
  }
}

/** Root of the mean square where somebody speaks. */
export function speechLevel(samples: Float32Array): number {
  const block = RATE / 50;
  const energies: number[] = [];
  for (let at = 0; at + block <= samples.length; at += block) {
    let e = 0;
    for (let i = at; i < at + block; i++) e += samples[i] * samples[i];
    energies.push(e / block);
  }
  const limit = Math.max(...energies) * 1e-3;
  const speech = energies.filter((e) => e > limit);
  return Math.sqrt(speech.reduce((a, e) => a + e, 0) / Math.max(1, speech.length));
}

/** Adds a second voice from `atSeconds` on, `db` louder (or, negative, softer) than the first. */
export function talkOver(
  samples: Float32Array,
  other: Float32Array,
  atSeconds: number,
  seconds: number,
  db: number,
): Float32Array {
  const out = samples.slice();
  const gain = (speechLevel(samples) / speechLevel(other)) * 10 ** (db / 20);
  const from = Math.round(atSeconds * RATE);
  const n = Math.min(other.length, Math.round(seconds * RATE), out.length - from);
  for (let i = 0; i < n; i++) out[from + i] = Math.max(-1, Math.min(1, out[from + i] + gain * other[i]));
  return out;
}
