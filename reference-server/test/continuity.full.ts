/** Persona continuity on recordings, through the relay: one voice, another voice in its place, and its own voice bent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Conversation, type Engine, FRAME_SAMPLES } from '../src/engines/engine.ts';
import { speech, Talker, type TestServer, testServer, until } from './support.ts';

const REFERENCE_SECONDS = 13;
const RATE = 24000;
const folder = mkdtempSync(join(tmpdir(), 'undertone-voices-'));
const voices: Record<string, Float32Array> = {};
let server: TestServer | undefined;
let upstream: TestServer | undefined;

beforeAll(async () => {
  for (const name of ['it-m', 'ru-f'] as const) voices[name] = await speech(name);
  await cp(fileURLToPath(new URL('../../test/fixtures/it-m.flac', import.meta.url)), join(folder, 'it-m.flac'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An upstream that plays a recording over and over. */
function player(samples: Float32Array): Engine {
  const open = async (): Promise<Conversation> => {
    let at = 0;
    return {
      persona: { voice: '', role: '' },
      listen: () => {},
      speak() {
        const frame = samples.slice(at, at + FRAME_SAMPLES);
        at = at + 2 * FRAME_SAMPLES > samples.length ? 0 : at + FRAME_SAMPLES;
        return { samples: frame, text: '' };
      },
      setPersona: async () => {},
      interrupt: () => {},
      close: async () => {},
    };
  };
  return { name: 'player', voices: [], drifts: false, reinjects: false, open, close: async () => {} };
}

/** Plays faster, so that pitch and formants move by a factor. */
function bent(samples: Float32Array, factor: number): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / factor) }, (_, i) => samples[Math.floor(i * factor)]);
}

function joined(...parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Listens to a voice through the relay. @returns whether it was said to have drifted, and what the metrics say, within so many seconds */
async function heard(samples: Float32Array, query: string, seconds: number): Promise<{ drifts: number; measured: number }> {
  upstream = await testServer({}, { engine: player(samples) });
  server = await testServer({ engine: 'relay', upstream: upstream.chatUrl().href, references: folder });
  const talker = await Talker.call(server.chatUrl(`metadata=1${query}`));
  const drifts = (): number => talker.metadata.filter((m) => m.type === 'voice-drift').length;
  await until(() => drifts() > 0, seconds * 1000);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  talker.hangUp();
  const value = (name: string): number =>
    Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)`, 'm').exec(metrics)?.[1] ?? 0);
  expect(value('undertone_persona_events_total{type="voice-drift"}')).toBe(drifts());
  // What cannot be given its persona again is not said to have been.
  expect(value('undertone_persona_events_total{type="persona-reinjected"}')).toBe(0);
  await server.close();
  await upstream.close();
  return { drifts: drifts(), measured: value('undertone_voice_distance_count') };
}

it.each([
  ['its own beginning', ''],
  ['a recording', '&voice_prompt=it-m'],
])('one voice stays near, by %s', async (_, query) => {
  const { drifts, measured } = await heard(voices['it-m'], query, 30);
  expect(drifts).toBe(0);
  expect(measured).toBeGreaterThan(0);
});

it('another voice in its place is a drift, once', async () => {
  const change = joined(voices['it-m'].subarray(0, REFERENCE_SECONDS * RATE), voices['ru-f'], voices['ru-f']);
  expect((await heard(change, '', 60)).drifts).toBe(1);
});

it('another voice than the recording is one at once, and so is its own voice bent', async () => {
  expect((await heard(voices['ru-f'], '&voice_prompt=it-m', 40)).drifts).toBe(1);
  expect((await heard(bent(voices['it-m'], 1.25), '&voice_prompt=it-m', 40)).drifts).toBe(1);
});
