import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tokenizer, TokenText } from '../src/tokenizer/tokenizer.ts';

const path = (name: string): URL => new URL(`./reference/${name}`, import.meta.url);
const tokenizers = ['unigram', 'bpe'].map((name) => ({ name, tokenizer: new Tokenizer(readFileSync(path(`${name}.model`))) }));

test.each(tokenizers)('$name: texts become the tokens of SentencePiece, and tokens the text', ({ name, tokenizer }) => {
  const cases = JSON.parse(readFileSync(path(`${name}.json`), 'utf8')) as { text: string; ids: number[]; decoded: string }[];
  for (const { text, ids, decoded } of cases) {
    expect(tokenizer.encode(text), text).toEqual(ids);
    const out = new TokenText(tokenizer);
    expect(
      ids
        .map((id) => out.push(id))
        .join('')
        .replace(/^ /, ''),
      text,
    ).toBe(decoded);
  }
});

test('any text can be encoded and comes back', () => {
  const bpe = tokenizers[1].tokenizer;
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const out = new TokenText(bpe);
      const back = bpe
        .encode(text)
        .map((id) => out.push(id))
        .join('');
      const spaces = text.replace(/▁/g, ' ').replace(/ +/g, ' ').trim();
      return back.replace(/ +/g, ' ').trim() === spaces;
    }),
  );
});

test('a file that is no SentencePiece model is refused, whatever is in it', () => {
  const model = readFileSync(path('bpe.model'));
  const code = (bytes: Uint8Array): string => {
    try {
      new Tokenizer(bytes);
      return 'accepted';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(code(new Uint8Array(0))).toBe('tokenizer-malformed');
  expect(code(model.subarray(0, 1000))).toBe('tokenizer-malformed');
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => ['tokenizer-malformed', 'accepted'].includes(code(bytes))));
});

test('a text beyond the limit has an error of its own', () => {
  expect(() => tokenizers[0].tokenizer.encode('a'.repeat(8001))).toThrowError(
    expect.objectContaining({ code: 'prompt-invalid' }),
  );
});
