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

/** True when all of it was heard; false when the server, too far behind to be live, ended the call as it should. */
async function converse(chat: string): Promise<boolean> {
  const talker = await Talker.call(new URL(`${chat}?metadata=1&text_seed=1&audio_seed=2`));
  const comes = async (what: () => boolean): Promise<boolean> => {
    expect(await until(() => what() || talker.ended !== null, 60_000)).toBe(true);
    return what();
  };
  const loudFrom = (frame: number) => (): boolean => talker.frames.slice(frame).some((f) => level(f) > 0.05);
  const tell = (type: string) => (): boolean => talker.metadata.some((m) => m.type === type);
  try {
    if (!(await comes(loudFrom(0)))) return false;
    talker.client.sendMetadata({ persona: { role: 'You are Max.' } });
    if (!(await comes(tell('persona-changed')))) return false;
    if (!(await comes(loudFrom(talker.frames.length + 2)))) return false;
    expect(tell('session')()).toBe(true);
    return true;
  } finally {
    expect(talker.ended ?? 'server-overloaded').toBe('server-overloaded');
    expect(talker.errors.filter((error) => !error.startsWith('server-overloaded'))).toEqual([]);
    talker.hangUp();
  }
}

test('speaks with a caller, marked, and takes a persona in the middle', { timeout: 420_000 }, async () => {
  // What listens to callers and follows the voice has tests of its own; a busy machine takes the next call all the same.
  const lean = ['--callers', 'ignore', '--drift-distance', '0', '--max-late-ms', '60000'];
  const { process, chat, http } = await serveCommand(...options('--random-weights', 'tiny', '--log-level', 'silent', ...lean));
  server = process;
  for (let calls = 1; !(await converse(chat)); calls++) expect(calls).toBeLessThan(8);
  const frames = async (mark: string): Promise<number> => {
    const text = await (await fetch(`${http}/metrics`)).text();
    return Number(new RegExp(`^undertone_frames_total\\{mark="${mark}"\\} (\\S+)`, 'm').exec(text)?.[1] ?? 0);
  };
  // Counted when the call ends.
  for (let i = 0; i < 100 && (await frames('carried')) === 0; i++) await sleep(200);
  expect(await frames('carried')).toBeGreaterThan(0);
  expect(await frames('unmarked')).toBe(0);
});

test('says what is missing and does not start', { timeout: 300_000 }, async () => {
  const without = await output(undertone('serve', ...options('--weights', folder, '--provider', 'cpu')), /weights-missing/);
  expect(without).toMatch(/model\.safetensors/);
  expect(await output(undertone('serve', ...options()), /server-bad-option/)).toMatch(/randomWeights/);
});
