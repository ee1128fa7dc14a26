import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Persona } from '../src/engine/call.ts';
import type { Engine } from '../src/engine/engine.ts';
import { openEngine } from '../src/engine/open-engine.ts';
import type { Sampling } from '../src/engine/sampling.ts';
import { largestDifference, referenceSound } from './reference.ts';

const path = (name: string): string => fileURLToPath(new URL(`./reference/${name}`, import.meta.url));
const weights = { random: 'tiny', tokenizer: path('unigram.model'), voices: path('.') } as const;
const sound = referenceSound(30);
const frame = (t: number): Float32Array => sound.slice((t % 30) * 1920, ((t % 30) + 1) * 1920);
const nobody: Persona = { voice: '', role: '' };
const teller: Persona = { voice: 'voice', role: 'Be brief.' };
const greedy: Sampling = { textTemperature: 0, audioTemperature: 0 };
const code = (expected: string) => expect.objectContaining({ code: expected });

let engine: Engine;
const calls = new Set<number>();
beforeAll(async () => {
  // Speed is not tested: a busy machine must not refuse a call.
  engine = (await openEngine({ provider: 'cpu', threads: 2, weights, places: 3, budgetMs: Number.POSITIVE_INFINITY })).engine;
});
afterEach(() => {
  for (const call of calls) engine.close(call);
  calls.clear();
});

async function open(persona = nobody, sampling = greedy): Promise<number> {
  const call = await engine.open({ persona, sampling });
  calls.add(call);
  return call;
}

async function say(call: number, from: number, count: number): Promise<{ sound: number[]; text: string }> {
  const heard: number[] = [];
  let text = '';
  for (let t = from; t < from + count; t++) {
    const reply = await engine.frame(call, frame(t));
    heard.push(...reply.samples);
    text += reply.text;
  }
  return { sound: heard, text };
}

type Said = Awaited<ReturnType<typeof say>>;

/** Runs of another size round differently, so sounds are compared with a tolerance. */
function expectSame(a: Said, b: Said): void {
  expect(a.text).toBe(b.text);
  expect(largestDifference(a.sound, b.sound)).toBeLessThan(1e-4);
}

describe('a call', () => {
  test('sounds the same alone, beside others, and at another place', async () => {
    const call = await open();
    const alone = await say(call, 0, 10);
    const others = [await open(nobody, {}), await open(teller, {})];
    const meanwhile = Promise.all(others.map((other) => say(other, 5, 12)));
    const beside = await say(call, 10, 10);
    await meanwhile;
    for (const each of calls) engine.close(each);
    const blocker = await open();
    const elsewhere = await open();
    const background = say(blocker, 7, 20);
    const again = await say(elsewhere, 0, 20);
    await background;
    expectSame(again, { text: alone.text + beside.text, sound: [...alone.sound, ...beside.sound] });
  });

  test('goes on over many windows', async () => {
    const call = await open();
    // The window is fifty steps; the cache's rows run out after 58.
    const { sound: heard } = await say(call, 0, 130);
    expect(heard.slice(-1920).some((v) => v !== 0)).toBe(true);
    expect(heard.every(Number.isFinite)).toBe(true);
  });

  test('repeats itself with its seeds, and not with others', async () => {
    const seeds = { textSeed: 1, audioSeed: 2 };
    const first = await say(await open(nobody, seeds), 0, 8);
    expectSame(await say(await open(nobody, seeds), 0, 8), first);
    expect((await say(await open(nobody, { ...seeds, audioSeed: 3 }), 0, 8)).sound).not.toEqual(first.sound);
  });

  test('with a top-k of one is greedy at any temperature', async () => {
    const expected = await say(await open(), 0, 6);
    expectSame(await say(await open(nobody, { textTopK: 1, audioTopK: 1, textTemperature: 2 }), 0, 6), expected);
  });
});

describe('preferences of the text', () => {
  const seeds = { textSeed: 5, audioSeed: 6 };
  const words = async (sampling: Sampling): Promise<string> => {
    const call = await open(nobody, sampling);
    const { text } = await say(call, 0, 25);
    engine.close(call);
    return text;
  };

  test('by default and at their neutral values change nothing', async () => {
    const neutral = { padMultiplier: 0, repetitionPenalty: 1, repetitionPenaltyContext: 64 };
    expectSame(await say(await open(nobody, { ...seeds, ...neutral }), 0, 8), await say(await open(nobody, seeds), 0, 8));
  });

  test('make the agent silent or talk, unless its text is greedy', async () => {
    expect(await words(seeds)).not.toBe('');
    expect(await words({ ...seeds, padMultiplier: 100 })).toBe('');
    expect(await words({ ...greedy, padMultiplier: 100 })).toBe(await words(greedy));
  });

  test('keep it from saying a word again', async () => {
    const strong = { ...seeds, repetitionPenalty: 10 };
    expect(await words({ ...strong, repetitionPenaltyContext: 0 })).toBe(await words(seeds));
    expect(await words({ ...strong, repetitionPenaltyContext: 200 })).not.toBe(await words(seeds));
  });
});

describe('a persona', () => {
  test('begins the same from its prompt and from the kept cache of its prompt', async () => {
    const first = await say(await open(teller), 0, 8);
    expectSame(await say(await open(teller), 0, 8), first);
    expect((await say(await open({ voice: '', role: 'Be brief.' }), 0, 8)).sound).not.toEqual(first.sound);
  });

  test('changes in the middle of a call, also over the edge of the window, and others hear nothing of it', async () => {
    const other = await open();
    const before = await say(other, 0, 3);
    const call = await open(teller);
    await say(call, 0, 35);
    await engine.setPersona(call, { voice: '', role: 'You are polite.' });
    const swapped = await say(call, 5, 8);
    await engine.setPersona(call, teller);
    await say(call, 13, 3);
    const after = await say(other, 3, 5);
    expect(swapped.sound.every(Number.isFinite)).toBe(true);
    const undisturbed = await say(await open(), 0, 8);
    expect(largestDifference([...before.sound, ...after.sound], undisturbed.sound)).toBeLessThan(1e-4);
  });

  test.each([
    ['a voice that does not exist', { voice: 'nobody', role: '' }, 'prompt-invalid'],
    ['a path in place of a voice', { voice: '../reference/voice', role: '' }, 'prompt-invalid'],
    ['a role that fills the context', { voice: '', role: 'word '.repeat(60) }, 'prompt-invalid'],
    ['a role of endless length', { voice: '', role: 'x'.repeat(100000) }, 'prompt-invalid'],
  ])('of %s is refused, at the start and in the middle', async (_, persona, expected) => {
    await expect(open(persona)).rejects.toEqual(code(expected));
    const call = await open();
    await say(call, 0, 2);
    await expect(engine.setPersona(call, persona)).rejects.toEqual(code(expected));
    expect((await say(call, 2, 1)).sound.length).toBe(1920);
  });
});

describe('the engine', () => {
  test.each([
    { textTemperature: -1 },
    { audioTemperature: 6 },
    { textTemperature: Number.NaN },
    { textTopK: 0 },
    { audioTopK: 1.5 },
    { textSeed: 0.5 },
    { audioSeed: Number.POSITIVE_INFINITY },
    { padMultiplier: 101 },
    { repetitionPenalty: 0 },
    { repetitionPenaltyContext: 201 },
  ])('refuses sampling by %o', async (sampling) => {
    await expect(open(nobody, sampling)).rejects.toEqual(code('argument-invalid'));
  });

  test('refuses a frame of another length, or with numbers that are none', async () => {
    const call = await open();
    expect(() => engine.frame(call, new Float32Array(1919))).toThrowError(code('argument-invalid'));
    expect(() => engine.frame(call, new Float32Array(1920).fill(Number.NaN))).toThrowError(code('argument-invalid'));
    expect((await engine.frame(call, new Float32Array(1920))).samples.length).toBe(1920);
  });

  test('refuses one call more than it has places for, and counts it', async () => {
    const before = engine.stats().refused;
    await Promise.all([open(), open(), open()]);
    await expect(open()).rejects.toEqual(code('busy'));
    expect(engine.stats()).toMatchObject({ calls: 3, places: 3, refused: before + 1 });
  });

  test('refuses a call that would make the others late, by what it measured', async () => {
    const slow = (await openEngine({ provider: 'cpu', threads: 2, weights: { random: 'tiny' }, places: 2, budgetMs: 0 })).engine;
    await slow.open({ persona: nobody, sampling: greedy });
    await expect(slow.open({ persona: nobody, sampling: greedy })).rejects.toEqual(code('busy'));
    expect(Object.keys(slow.stats().runMs)).toEqual(['1', '2']);
    expect(slow.stats().mostCalls).toBe(1);
  });

  test('refuses a call while those that it has are late, and counts from when a frame was sent', async () => {
    const late = (await openEngine({ provider: 'cpu', threads: 2, weights: { random: 'tiny' }, places: 2, budgetMs: 60_000 }))
      .engine;
    const call = await late.open({ persona: nobody, sampling: greedy });
    await late.frame(call, frame(0), performance.now() - 61_000);
    expect(late.stats()).toMatchObject({ late: 1, mostCalls: 2 });
    await expect(late.open({ persona: nobody, sampling: greedy })).rejects.toEqual(
      expect.objectContaining({ code: 'busy', message: expect.stringContaining('just now') }),
    );
    // A lone call is always taken: there is nobody whom it could delay.
    late.close(call);
    const next = await late.open({ persona: nobody, sampling: greedy });
    // Of several frames that come at once, the first alone was late by the engine's fault.
    const sent = performance.now() - 61_000;
    await Promise.all([0, 1, 2, 3, 4, 5].map((t) => late.frame(next, frame(t), sent)));
    expect(late.stats().p50Ms).toBeLessThan(30_000);
    expect(late.stats().p99Ms).toBeGreaterThan(60_000);
  });

  test('refuses frames that pile up, and answers those it took', async () => {
    const call = await open();
    const taken = Array.from({ length: 12 }, (_, t) => engine.frame(call, frame(t)));
    expect(() => engine.frame(call, frame(12))).toThrowError(code('busy'));
    expect((await Promise.all(taken)).length).toBe(12);
  });

  test('rejects what waits when its call is closed', async () => {
    const call = await open();
    const waiting = engine.frame(call, frame(0));
    engine.close(call);
    await expect(waiting).rejects.toEqual(code('closed'));
    expect(() => engine.frame(call, frame(1))).toThrowError(code('closed'));
  });

  test.each([0, 1.5, 257])('refuses %d places', async (places) => {
    await expect(openEngine({ provider: 'cpu', weights: { random: 'tiny' }, places })).rejects.toEqual(code('argument-invalid'));
  });

  test('says what is missing before it is ready', async () => {
    await expect(openEngine({ provider: 'cpu', weights: { directory: '/nowhere' } })).rejects.toEqual(code('weights-missing'));
    await expect(openEngine({ provider: 'cuda', weights: { random: 'tiny' } })).rejects.toEqual(code('runtime-missing'));
  });
});
