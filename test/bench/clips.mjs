// Clips to measure on: a folder of audio files, or the test fixtures.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeAudio } from '../../packages/audio/dist/index.js';
import { resample } from '../../packages/audio/dist/pcm/index.js';
import { createEncoder } from '../../packages/encoder/dist/index.js';
import { createSession, createSessionRecord, generateIssuerKey, parseTrust, publicJwk } from '../../packages/token/dist/index.js';
import { namesIn } from '../../scripts/command-line.mjs';

export const RATE = 16000;
export const issuer = generateIssuerKey('Bench');
export const trust = parseTrust(publicJwk(issuer));

const folderOf = (folder) => folder ?? fileURLToPath(new URL('../fixtures/', import.meta.url));
const voiceOf = (name) => name.replace(/(-\d+)?\.[a-z0-9]+$/, '');
const recordings = (folder) => namesIn(folder).filter((n) => /\.(wav|flac|mp3|opus|ogg)$/.test(n));

/** Voices of a folder: names of its recordings up to the last dash. */
export const voicesIn = (folder) => [...new Set(recordings(folderOf(folder)).map(voiceOf))];

/**
 * Clips of some seconds at 16 kHz; recordings of one voice are joined before they are cut.
 * @param perVoice most of one voice; @param voice only this one
 */
export async function loadClips(folder, seconds, perVoice = Number.POSITIVE_INFINITY, voice = null) {
  const dir = folderOf(folder);
  const voices = new Map();
  for (const name of recordings(dir)) {
    const own = voiceOf(name);
    if (voice !== null && own !== voice) continue;
    const { channels, sampleRate } = await decodeAudio(await readFile(join(dir, name)));
    voices.set(own, [...(voices.get(own) ?? []), resample(channels[0], sampleRate, RATE)]);
  }
  const clips = [];
  for (const [voice, parts] of voices) {
    const all = new Float32Array(parts.reduce((a, p) => a + p.length, 0));
    let at = 0;
    for (const p of parts) {
      all.set(p, at);
      at += p.length;
    }
    const n = Math.min(all.length, seconds * RATE);
    for (let i = 0, left = perVoice; i + n <= all.length && left > 0; i += n, left--)
      clips.push({ voice, samples: all.slice(i, i + n) });
  }
  return clips;
}

/** Marks a clip; records come with the time of their publication. */
export function mark(samples, lookahead = 'frame', rate = RATE, reserve = 1) {
  const t0Ms = Date.UTC(2026, 0, 1);
  const session = createSession({ issuer, agent: 'bench', t0Ms, durationSeconds: samples.length / rate + 30, family: 0 });
  const records = [];
  const encoder = createEncoder({ session, sampleRate: rate, lookahead, reserve, onRecord: (record) => records.push(record) });
  const out = new Float32Array(samples.length + encoder.latencySamples);
  for (let at = 0; at < samples.length; at += rate) out.set(encoder.process(samples.subarray(at, at + rate)), at);
  out.set(encoder.flush(), samples.length);
  const last = records.at(-1).slot;
  const sessionRecord = createSessionRecord(
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
  return { session, records, sessionRecord, samples: out.slice(encoder.latencySamples), stats: encoder.stats() };
}

export const quantile = (values, q) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
};

/**
 * Which 80 ms frames are voiced: within 25 dB of the active speech level, the mean power of the frames that are themselves within
 * 25 dB of it (found by iteration, as ITU-T P.56 does with its 15.9 dB).
 */
export function voicedFrames(samples, rate) {
  const n = Math.floor(rate * 0.08);
  const power = [];
  for (let at = 0; at + n <= samples.length; at += n) {
    let e = 0;
    for (let i = at; i < at + n; i++) e += samples[i] ** 2;
    power.push(e / n);
  }
  let limit = 0;
  for (let i = 0; i < 20; i++) {
    const active = power.filter((e) => e > limit);
    limit = (active.reduce((a, e) => a + e, 0) / active.length) * 10 ** -2.5;
  }
  return power.map((e) => e > limit);
}

/** Voiced seconds before a time. */
export const voicedSeconds = (samples, rate, until) =>
  voicedFrames(samples, rate).filter((voiced, i) => voiced && (i + 1) * 0.08 <= until).length * 0.08;
