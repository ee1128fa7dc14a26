import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { voiceFiles } from '../src/voice/voice-files.ts';
import { readVoicePrompt } from '../src/voice/voice-prompt.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-voices-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'voices.tgz');
const voice = readFileSync(new URL('./reference/voice.pt', import.meta.url));
const malformed = expect.objectContaining({ code: 'voice-malformed' });

/** A tar archive; a name that ends in a slash is a folder. */
function tar(files: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const blocks = files.map(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(name.endsWith('/') ? '5' : '0', 156);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
const archive = tar([
  ['voices/', new Uint8Array(0)],
  ['voices/NATF0.pt', voice],
  ['voices/._NATF0.pt', new Uint8Array(10)],
  ['voices/readme.txt', new Uint8Array(3)],
  ['voices/VARM4.pt', voice],
  ['voices/VARM4.wav', new Uint8Array(5)],
  ['voices/own.wav', new Uint8Array(7)],
]);

test('the voices of an archive are read like those of a folder', () => {
  writeFileSync(path, gzipSync(archive));
  const files = voiceFiles(path);
  expect([...files.keys()]).toEqual(expect.arrayContaining(['NATF0', 'VARM4', 'own']));
  expect(files.size).toBe(3);
  expect(files.get('own')).toMatchObject({ form: 'sound' });
  expect(files.get('own')!.content().length).toBe(7);
  expect(readVoicePrompt(files.get('VARM4')!.content(), 512)).toEqual(readVoicePrompt(voice, 512));
  writeFileSync(join(folder, 'one.pt'), voice);
  const beside = voiceFiles(folder);
  expect([...beside.keys()]).toEqual(['one']);
  expect(Buffer.from(beside.get('one')!.content()).equals(voice)).toBe(true);
  expect(voiceFiles(null).size).toBe(0);
});

test('an archive that is cut off, changed or none is refused', () => {
  writeFileSync(path, archive);
  expect(() => voiceFiles(path)).toThrowError(malformed);
  for (const length of [0, 511, 700, 1500, archive.length - 1024]) {
    writeFileSync(path, gzipSync(archive.subarray(0, length)));
    expect(() => voiceFiles(path)).toThrowError(malformed);
  }
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 499 }).filter((at) => at < 148 || at >= 156),
      fc.integer({ min: 1, max: 255 }),
      (at, change) => {
        const bytes = Buffer.from(archive);
        bytes[512 + at] ^= change;
        writeFileSync(path, gzipSync(bytes));
        expect(() => voiceFiles(path)).toThrowError(malformed);
      },
    ),
    { numRuns: 50 },
  );
});
