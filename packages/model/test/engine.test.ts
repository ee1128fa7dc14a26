import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { Engine } from '../src/engine/engine.ts';
import { type EngineOptions, openEngine } from '../src/engine/open-engine.ts';
import { referenceSound } from './reference.ts';

const path = (name: string): string => fileURLToPath(new URL(`./reference/${name}`, import.meta.url));
const sound = referenceSound(100);
const frame = (t: number): Float32Array => sound.slice((t % 100) * 1920, ((t % 100) + 1) * 1920);
const quiet = { voice: '', role: '' };
const greedy = { textTemperature: 0, audioTemperature: 0 };
const open: number[] = [];
let engine: Engine;

async function start(options: Partial<EngineOptions> = {}): Promise<Engine> {
  const weights = { random: 'tiny', tokenizer: path('unigram.model'), voices: path('.') } as const;
  engine = (await openEngine({ provider: 'cpu', threads: 2, weights, places: 3, budgetMs: 10000, ...options })).engine;
  return engine;
}
afterEach(() => {
  for (const id of open.splice(0)) engine.close(id);
});

async function say(id: number, from: number, count: number): Promise<{ sound: number[]; text: string }> {
  const heard: number[] = [];
  let text = '';
  for (let t = from; t < from + count; t++) {
    const reply = await engine.frame(id, frame(t));
    heard.push(...reply.samples);
    text += reply.text;
  }
  return { sound: heard, text };
}

test('a call gives the same voice and text alone, beside others, and at another place', async () => {
  await start();
  const first = await engine.open({ persona: quiet, sampling: greedy });
  const alone = await say(first, 0, 20);
  const others = [
    await engine.open({ persona: quiet, sampling: {} }),
    await engine.open({ persona: { voice: 'voice', role: 'Be brief.' }, sampling: {} }),
  ];
  const rest = Promise.all(others.map((id) => say(id, 50, 30)));
  const again = await say(first, 20, 20);
  await rest;
  for (const id of [first, ...others]) engine.close(id);
  const blocker = await engine.open({ persona: quiet, sampling: greedy });
  const second = await engine.open({ persona: quiet, sampling: greedy });
  const background = say(blocker, 7, 40);
  const elsewhere = await say(second, 0, 40);
  await background;
  expect(elsewhere.text).toBe(alone.text + again.text);
  const before = [...alone.sound, ...again.sound];
  expect(Math.max(...elsewhere.sound.map((s, i) => Math.abs(s - before[i])))).toBeLessThan(1e-4);
});
