import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TINY } from '../src/config.ts';
import { readPickle } from '../src/voice/pickle.ts';
import { checkTokens, readVoicePrompt } from '../src/voice/voice-prompt.ts';

const path = (name: string): URL => new URL(`./reference/${name}`, import.meta.url);
const file = (): Uint8Array => new Uint8Array(readFileSync(path('voice.pt')));
const malformed = expect.objectContaining({ code: 'voice-malformed' });

test('a voice prompt written by torch is read as it was written', () => {
  const expected = JSON.parse(readFileSync(path('voice.json'), 'utf8')) as { first: number[]; last: number[] };
  const voice = readVoicePrompt(file(), 512);
  expect(voice.steps).toBe(5);
  expect([...voice.embeddings.subarray(0, 8)]).toEqual(expected.first);
  expect([...voice.embeddings.subarray(-8)]).toEqual(expected.last);
  expect(voice.ring[1][16]).toBe(65);
});

test('a voice of another model size is refused by its shape', () => {
  expect(() => readVoicePrompt(file(), 4096)).toThrowError(/\[5, 1, 1, 512\]/);
});

test('a voice whose tokens the model does not have is refused', () => {
  const voice = readVoicePrompt(file(), 512);
  checkTokens(voice, TINY.lm);
  const least = { text: voice.ring[1][0], audio: Math.max(...voice.ring[1].slice(1)) };
  expect(() => checkTokens(voice, { ...TINY.lm, textCard: least.text - 1 })).toThrowError(malformed);
  expect(() => checkTokens(voice, { ...TINY.lm, audioCard: least.audio - 1 })).toThrowError(malformed);
});

test('a truncated or damaged file is refused, never executed', () => {
  const bytes = file();
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), (length) => {
      expect(() => readVoicePrompt(bytes.subarray(0, length), 512)).toThrowError(malformed);
    }),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(fc.nat(1500), fc.nat(255), (at, value) => {
      const damaged = file();
      damaged[at] = value;
      try {
        readVoicePrompt(damaged, 512);
      } catch (error) {
        expect(error).toEqual(malformed);
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['a name outside the two', 'cos\nsystem\n.'],
  ['a build opcode', '}}b.'],
  ['an unknown opcode', 'I1\n.'],
  ['an instance opcode', '(ios\nsystem\n.'],
  ['a global from the stack', 'X\x02\0\0\0osX\x06\0\0\0system\x93.'],
  ['constructing with what is data', '}}R.'],
  ['no end', '}'],
  ['an empty stack', '.'],
])('a pickle with %s is refused', (_, program) => {
  expect(() => readPickle(Uint8Array.from(program, (c) => c.charCodeAt(0)))).toThrowError(malformed);
});
