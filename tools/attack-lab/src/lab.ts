/** What is at hand in one thread: speech, an issuer and the verifier's trust in it, and calls that were marked already. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeAudio } from '@undertone/audio';
import { resample } from '@undertone/audio/pcm';
import { generateIssuerKey, type IssuerKey, parseTrust, publicJwk, type TrustStore } from '@undertone/token';
import { type MarkedCall, markCall, RATE, SLOT_SECONDS } from './call.ts';
import { joined } from './edits.ts';
import { bytesOf } from './random.ts';

const FIXTURES = fileURLToPath(new URL('../../../test/fixtures/', import.meta.url));
const AUDIO = /\.(wav|flac|mp3|opus|ogg)$/;
/** Marked calls kept. */
const KEPT = 12;

/** One voice with everything that it says, at {@link RATE}. */
export interface Voice {
  readonly name: string;
  readonly speech: Float32Array;
}

/** Clips of one voice, the name up to its last number, are joined. */
async function loadVoices(folder: string): Promise<Voice[]> {
  const parts = new Map<string, Float32Array[]>();
  for (const file of (await readdir(folder)).filter((name) => AUDIO.test(name)).sort()) {
    const { channels, sampleRate } = await decodeAudio(await readFile(join(folder, file)));
    const name = basename(file).replace(/(-\d+)?\.[a-z0-9]+$/, '');
    parts.set(name, [...(parts.get(name) ?? []), resample(channels[0], sampleRate, RATE)]);
  }
  return [...parts].map(([name, list]) => ({ name, speech: joined(...list) }));
}

export class Lab {
  readonly voices: readonly Voice[];
  readonly issuer: IssuerKey = generateIssuerKey('Attack lab');
  readonly trust: TrustStore = parseTrust(publicJwk(this.issuer));
  readonly #calls = new Map<string, MarkedCall>();

  private constructor(voices: readonly Voice[]) {
    this.voices = voices;
  }

  /** @param clips a folder of more speech; the repository's own fixtures are always there */
  static async open(clips?: string): Promise<Lab> {
    return new Lab([...(await loadVoices(FIXTURES)), ...(clips ? await loadVoices(clips) : [])]);
  }

  /** Speech of a voice, going round at its end. */
  speech(voice: number, fromSeconds: number, seconds: number): Float32Array {
    const { speech } = this.voices[voice % this.voices.length];
    const from = Math.round(fromSeconds * RATE);
    return Float32Array.from({ length: Math.round(seconds * RATE) }, (_, i) => speech[(from + i) % speech.length]);
  }

  /** A marked call of some slots, the same for the same arguments. */
  call(voice: number, fromSeconds: number, slots: number): MarkedCall {
    const key = `${voice % this.voices.length} ${fromSeconds} ${slots}`;
    let call = this.#calls.get(key);
    if (!call) {
      call = markCall(this.speech(voice, fromSeconds, slots * SLOT_SECONDS), this.issuer, { random: bytesOf(key) });
      this.#calls.set(key, call);
      if (this.#calls.size > KEPT) this.#calls.delete(this.#calls.keys().next().value as string);
    }
    return call;
  }
}
