/** The full-duplex model in the server, as the command starts it: real graphs, random weights, the CPU. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { OpusIn } from '../src/media/opus-in.ts';
import { output, serveCommand, undertone } from './command.ts';
import { emptyDatabase } from './shared.ts';
import { level, sleep, speech, Talker, until } from './support.ts';
import { WEB_QUERY, webMessages } from './upstream-messages.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-moshi-'));

/** Where a server keeps what it has; its database is there already. */
function dataFolder(): string {
  const data = mkdtempSync(join(folder, 'data-'));
  emptyDatabase(join(data, 'database'));
  return data;
}
const options = (...args: string[]): string[] => ['--engine', 'moshi', '--channel-port', '0', '--data', dataFolder(), ...args];
let server: ChildProcess | undefined;
let chat = '';
let http = '';

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)`, 'm').exec(text)?.[1] ?? 0);
};

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
  const serving = await serveCommand(...options('--random-weights', 'tiny', '--log-level', 'silent', ...lean));
  ({ process: server, chat, http } = serving);
  for (let calls = 1; !(await converse(chat)); calls++) expect(calls).toBeLessThan(8);
  const frames = (mark: string): Promise<number> => metric(`undertone_frames_total{mark="${mark}"}`);
  // Counted when the call ends.
  for (let i = 0; i < 100 && (await frames('carried')) === 0; i++) await sleep(200);
  expect(await frames('carried')).toBeGreaterThan(0);
  expect(await frames('unmarked')).toBe(0);
});

/** The server of the test before, with nobody in it. */
async function connect(query: string) {
  const socket = new WebSocket(`${chat}?${query}`, { perMessageDeflate: false });
  const messages: Buffer[] = [];
  socket.on('message', (data: Buffer) => messages.push(data));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return { socket, messages, closed, begun: () => until(() => messages.length > 0, 60_000) };
}

const errorsIn = (messages: readonly Buffer[]): string[] =>
  messages.filter((data) => data[0] === 5).map((data) => data.toString('utf8', 1));

test('converses with the bytes of the web client', { timeout: 120_000 }, async () => {
  const { messages: sent, everyMs } = await webMessages((await speech('ru-f')).subarray(0, 24_000 * 6));
  // The voice that the client names is none of a random model's.
  const { socket, messages, begun } = await connect(WEB_QUERY.replace('NATF0.pt', ''));
  await begun();
  const opus = await OpusIn.open();
  const loud = (): boolean =>
    messages.splice(0).some((data) => data[0] === 1 && opus.push(data.subarray(1)).some((frame) => level(frame) > 0.05));
  // A lone zero first, then sound: a random model has no tokenizer, and so no words.
  expect(messages.shift()).toEqual(Buffer.of(0));
  const kinds = new Set<number>();
  socket.on('message', (data: Buffer) => kinds.add(data[0]));
  const startMs = performance.now();
  let heard = false;
  for (const [n, message] of sent.entries()) {
    await sleep(startMs + n * everyMs - performance.now());
    socket.send(message);
    heard ||= loud();
    if (heard && n > 25) break;
  }
  socket.terminate();
  expect(heard).toBe(true);
  expect(kinds).toEqual(new Set([1]));
  expect(await metric('undertone_bad_packets_total')).toBe(0);
});

test('refuses by their own codes a call for which there is no place, and sampling that the model does not take', async () => {
  const refused = await connect('text_temperature=7');
  expect(await refused.closed).toBe(1008);
  expect(errorsIn(refused.messages)).toEqual([expect.stringMatching(/^chat-bad-parameter: .*text temperature/)]);
  const calls = [await connect('')];
  while (calls.length < 8 && (await calls.at(-1)!.begun()) && calls.at(-1)!.messages[0][0] === 0) calls.push(await connect(''));
  const last = calls.at(-1)!;
  expect(await last.closed).toBe(1013);
  expect(errorsIn(last.messages)).toEqual([expect.stringMatching(/^engine-busy: /)]);
  for (const { socket } of calls) socket.terminate();
});

test('says what is missing and does not start', { timeout: 300_000 }, async () => {
  const [without, neither] = await Promise.all([
    output(undertone('serve', ...options('--weights', folder, '--provider', 'cpu')), /weights-missing/),
    output(undertone('serve', ...options()), /server-bad-option/),
  ]);
  expect(without).toMatch(/model\.safetensors/);
  expect(neither).toMatch(/randomWeights/);
});
