/** Every encoder heard by every detector through real channels. */
import { join } from 'node:path';
import { opusRoundTrip } from '@undertone/audio';
import { decodeMulaw, encodeMulaw } from '@undertone/audio/pcm';
import { AUDIO_FOLDER, readSound, writeWav } from './audio-files.ts';
import type { Json, Outcome } from './contract.ts';
import { gsmRoundTrip } from './gsm.ts';
import type { CrossResult } from './matrix.ts';
import type { Ask, Result } from './run.ts';

/** An implementation with its name. */
export interface Party {
  readonly name: string;
  readonly ask: Ask;
}

const RATE = 8000;
const SPEECH = 'speech-it-m';
/** What a channel makes of 8 kHz samples; null where its codec is not there. */
type Channel = (samples: Float32Array) => Float32Array | null | Promise<Float32Array>;
const CHANNELS: { readonly [name: string]: Channel } = {
  clean: (samples) => samples,
  'µ-law': (samples) => decodeMulaw(encodeMulaw(samples)),
  'Opus 24k': (samples) => opusRoundTrip(samples, RATE, { bitrate: 24_000 }),
  GSM: gsmRoundTrip,
};
/** A span that its record proves covers at least this much of the recording, seconds. */
const LEAST_SECONDS = 15;

/** What an encoder is asked for; the secrets are those of nobody. */
const request = (output: string, session: number): Json => ({
  audio: `${SPEECH}.wav`,
  output,
  issuer: {
    kty: 'OKP',
    crv: 'Ed25519',
    x: 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w',
    d: 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE',
    name: 'Matrix issuer',
  },
  claims: { issuer: 'Matrix issuer', agent: 'concierge', scope: ['a:read'], constraints: {} },
  t0Ms: Date.UTC(2026, 0, 1),
  sessionSecret: session.toString(16).padStart(2, '0').repeat(32),
  chainSeed: (session + 1).toString(16).padStart(2, '0').repeat(32),
});
const trust = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w', name: 'Matrix issuer' }] };

type Span = { state?: string; content?: string; sessionId?: string; startSeconds?: number; endSeconds?: number };
const spansOf = (output: Json): Span[] => (Array.isArray(output.spans) ? (output.spans as Span[]) : []);
const seconds = (span: Span): number => (span.endSeconds ?? 0) - (span.startSeconds ?? 0);

/** The three things that a detector is asked about each recording; each says what is wrong, or null. */
const CHECKS: readonly {
  id: string;
  session: 'own' | 'other' | null;
  fault: (output: Json, locator: string) => string | null;
}[] = [
  {
    id: 'attested with its session record',
    session: 'own',
    fault: (output, locator) => {
      const proven = spansOf(output).filter((s) => s.state === 'attested' && s.content === 'full' && s.sessionId === locator);
      const sum = proven.reduce((total, span) => total + seconds(span), 0);
      return sum >= LEAST_SECONDS ? null : `${sum.toFixed(1)} s attested with full content, state ${output.state}`;
    },
  },
  {
    id: 'not attested with another record',
    session: 'other',
    fault: (output) =>
      spansOf(output).some((s) => s.state === 'attested' || s.state === 'live') ? 'a wrong record was attested' : null,
  },
  {
    id: 'claimed from the sound alone',
    session: null,
    fault: (output, locator) => {
      const claimed = spansOf(output)
        .filter((s) => s.state === 'claimed')
        .map((s) => s.sessionId);
      return claimed.length === 1 && claimed[0] === locator ? null : `locators ${JSON.stringify(claimed)}, state ${output.state}`;
    },
  },
];

const settle = (outcome: Outcome, fault: (output: Json) => string | null): Omit<Result, 'id'> => {
  if ('unsupported' in outcome) return { outcome: 'unsupported' };
  const detail = 'error' in outcome ? outcome.error : outcome.valid ? fault(outcome.output) : `refused with ${outcome.code}`;
  return detail === null ? { outcome: 'passed' } : { outcome: 'failed', detail };
};

async function sessionOf(party: Party, output: string, secret: number): Promise<Outcome> {
  const outcome = await party.ask('speech.encode', request(output, secret));
  const made = !('valid' in outcome) || !outcome.valid || typeof outcome.output.session === 'object';
  return made ? outcome : { error: 'no session record' };
}

/**
 * Lets every party encode and every party detect.
 * @param folder the working folder of all of them
 */
export async function crossMatrix(parties: readonly Party[], folder: string): Promise<CrossResult[]> {
  const speech = await readSound(join(AUDIO_FOLDER, `${SPEECH}.flac`));
  await writeWav(join(folder, `${SPEECH}.wav`), speech.samples, speech.sampleRate);
  const results: CrossResult[] = [];
  for (const encoder of parties) {
    const own = await sessionOf(encoder, `${encoder.name}.wav`, 2);
    const other = await sessionOf(encoder, `${encoder.name}-other.wav`, 4);
    for (const [channel, send] of Object.entries(CHANNELS)) {
      const audio = `${encoder.name}-${Object.keys(CHANNELS).indexOf(channel)}.wav`;
      const heard =
        'valid' in own && own.valid ? await send((await readSound(join(folder, `${encoder.name}.wav`))).samples) : null;
      if (heard) await writeWav(join(folder, audio), heard, RATE);
      for (const detector of parties)
        for (const { id, session, fault } of CHECKS) {
          const place = { encoder: encoder.name, detector: detector.name, channel, id };
          const failed = [own, other].find((outcome) => !('valid' in outcome) || !outcome.valid);
          if (failed) {
            results.push({ ...place, ...settle(failed, () => null) });
            continue;
          }
          if (!heard) {
            results.push({ ...place, outcome: 'unsupported', detail: 'the channel needs sox with GSM on the path' });
            continue;
          }
          const record = (outcome: Outcome): Json => (outcome as unknown as { output: { session: Json } }).output.session;
          const given = session === null ? {} : { session: record(session === 'own' ? own : other) };
          const outcome = await detector.ask('speech.detect', { audio, trust, ...given });
          const locator = await locatorOf(record(own));
          results.push({ ...place, ...settle(outcome, (output) => fault(output, locator)) });
        }
    }
  }
  return results;
}

/** First six bytes of the hash of the card in a session record, in hexadecimal. */
async function locatorOf(session: Json): Promise<string> {
  const card = Buffer.from(String(session.card), 'base64url');
  return Buffer.from(await crypto.subtle.digest('SHA-256', card)).toString('hex', 0, 6);
}
