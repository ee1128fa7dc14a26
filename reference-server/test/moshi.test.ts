/** The full-duplex model in the server, as the command starts it: real graphs, random weights, the CPU. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCommand, output, serveCommand, undertone } from './command.ts';
import { level, sleep, Talker, until } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-moshi-'));
const options = (...args: string[]): string[] => [
  '--engine',
  'moshi',
  '--channel-port',
  '0',
  '--data',
  mkdtempSync(join(folder, 'data-')),
  ...args,
];
let server: ChildProcess | undefined;

beforeAll(buildCommand);
afterAll(() => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('speaks with a caller, marked, and takes a persona in the middle', { timeout: 300_000 }, async () => {
  const { process, chat, http } = await serveCommand(...options('--random-weights', 'tiny', '--log-level', 'silent'));
  server = process;
  const talker = await Talker.call(new URL(`${chat}?metadata=1&text_seed=1&audio_seed=2`));
  // A machine that is too slow for the model hears pauses between its frames, not nothing.
  expect(await until(() => talker.frames.some((f) => level(f) > 0.05), 100_000)).toBe(true);
  talker.client.sendMetadata({ persona: { role: 'You are Max.' } });
  expect(await until(() => talker.metadata.some((m) => m.type === 'persona-changed'))).toBe(true);
  const heard = talker.frames.length;
  expect(await until(() => talker.frames.slice(heard + 2).some((f) => level(f) > 0.05), 100_000)).toBe(true);
  expect(talker.metadata.find((m) => m.type === 'session')).toBeDefined();
  expect(talker.errors).toEqual([]);
  talker.hangUp();
  const frames = async (mark: string): Promise<number> => {
    const text = await (await fetch(`${http}/metrics`)).text();
    return Number(new RegExp(`^undertone_frames_total\\{mark="${mark}"\\} (\\S+)`, 'm').exec(text)?.[1] ?? 0);
  };
  // Counted when the call ends.
  for (let i = 0; i < 100 && (await frames('carried')) === 0; i++) await sleep(200);
  expect(await frames('carried')).toBeGreaterThan(0);
  expect(await frames('unmarked')).toBe(0);
});

test('says what is missing and does not start', async () => {
  const without = await output(undertone('serve', ...options('--weights', folder, '--provider', 'cpu')), /weights-missing/);
  expect(without).toMatch(/model\.safetensors/);
  expect(await output(undertone('serve', ...options()), /server-bad-option/)).toMatch(/randomWeights/);
});
