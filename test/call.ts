/** What the tests across packages share: marked calls made from real speech. */
import { readFile } from 'node:fs/promises';
import { decodeAudio } from '@undertone/audio';
import { decodeMulaw, encodeMulaw, resample } from '@undertone/audio/pcm';
import { createEncoder, type EncoderOptions } from '@undertone/encoder';
import {
  createSession,
  createSessionRecord,
  generateIssuerKey,
  type IssuerKey,
  parseSessionRecord,
  parseTrust,
  publicJwk,
  type Session,
  type SessionOptions,
  type SessionRecord,
  type SlotRecord,
  serializeSessionRecord,
  type TrustStore,
} from '@undertone/token';

export const RATE = 16000;
export const T0 = Date.UTC(2026, 0, 1);
export const issuer: IssuerKey = generateIssuerKey('Test Issuer', () => new Uint8Array(32).fill(5));
export const trust: TrustStore = parseTrust(publicJwk(issuer));

export async function speech(name: 'it-m' | 'ru-f'): Promise<Float32Array> {
  const { channels } = await decodeAudio(await readFile(new URL(`fixtures/${name}.flac`, import.meta.url)));
  return channels[0];
}

/** Keys that are the same in every run: what a channel loses depends on them, and a test should not. */
export const seeded =
  (seed: number): NonNullable<SessionOptions['random']> =>
  (n) =>
    new Uint8Array(n).fill(seed);
let sessions = 0;

export const telephone = (samples: Float32Array, rate = RATE): Float32Array =>
  decodeMulaw(encodeMulaw(resample(samples, rate, 8000)));

export interface Call {
  readonly samples: Float32Array;
  readonly session: Session;
  readonly records: SlotRecord[];
  readonly sessionRecord: SessionRecord;
}

export function markCall(
  samples: Float32Array,
  rate: number = RATE,
  lookahead: 'frame' | '20ms' = 'frame',
  chunk = rate,
  options: Pick<SessionOptions, 'family' | 'random'> & { readonly agent?: string } & Pick<EncoderOptions, 'reserve'> = {},
): Call {
  const claims = { scope: ['a:read'], constraints: {} };
  const { reserve = 1, ...choice } = options;
  const session = createSession({ issuer, agent: 'concierge', t0Ms: T0, claims, random: seeded(++sessions), ...choice });
  const records: SlotRecord[] = [];
  const encoder = createEncoder({ session, sampleRate: rate, lookahead, reserve, onRecord: (r) => records.push(r) });
  const out = new Float32Array(samples.length + encoder.latencySamples);
  for (let at = 0; at < samples.length; at += chunk) out.set(encoder.process(samples.subarray(at, at + chunk)), at);
  out.set(encoder.flush(), samples.length);
  const last = records.at(-1)!.slot;
  const made = createSessionRecord(
    {
      card: session.card,
      claims: session.claims,
      jwt: null,
      records,
      key: { slot: last, key: session.keyForSlot(last) },
      checkpoints: encoder.checkpoints,
    },
    (m) => session.signWithSessionKey(m),
  );
  // Through its JSON, as an auditor gets it.
  const sessionRecord = parseSessionRecord(JSON.parse(JSON.stringify(serializeSessionRecord(made))));
  return { samples: out.slice(encoder.latencySamples), session, records, sessionRecord };
}
