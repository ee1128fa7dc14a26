import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeWav, opusRoundTrip } from '@undertone/audio';
import { encodePcm16 } from '@undertone/audio/pcm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RATE, speech, telephone } from './call.ts';

/** As much as a session needs to be proven with some to spare. */
const words = async (name: 'it-m' | 'ru-f'): Promise<Float32Array> => (await speech(name)).subarray(0, 16 * RATE);
const root = fileURLToPath(new URL('..', import.meta.url));
let dir: string;

function undertone(args: string[], input?: Uint8Array) {
  const done = spawnSync(process.execPath, [join(root, 'packages/cli/dist/main.js'), ...args], {
    cwd: dir,
    input,
    maxBuffer: 1 << 28,
  });
  return { code: done.status, out: done.stdout, text: done.stdout.toString(), error: done.stderr.toString() };
}
const verify = (...args: string[]) => undertone(['verify', ...args, '--trust', 'issuer.pub.json', '--json']);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'undertone-test-'));
  expect(undertone(['keygen', '--out', 'issuer.jwk', '--name', 'Acme']).code).toBe(0);
  writeFileSync(join(dir, 'plain.wav'), encodeWav([await words('it-m')], RATE));
  const done = undertone(['embed', 'plain.wav', 'marked.wav', '--issuer', 'issuer.jwk', '--agent', 'concierge', '--json']);
  expect(done.error).toBe('');
  expect(JSON.parse(done.text)).toMatchObject({ agent: 'concierge', session: 'marked.wav.session.json' });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('help', () => {
  const programs: Record<string, readonly string[]> = {
    'packages/cli/dist/main.js': ['', 'keygen', 'embed', 'verify', 'serve', 'revoke', 'witness', 'demo', 'doctor'],
    'protocol/dist/main.js': ['', 'run', 'list', 'rules'],
    'tools/attack-lab/dist/main.js': [''],
  };
  for (const [program, commands] of Object.entries(programs))
    it(`is what every command of ${program} gives, and nothing else`, () => {
      for (const command of commands)
        for (const spelling of command ? ['--help'] : ['--help', '-h']) {
          const args = [join(root, program), ...(command ? [command] : []), spelling];
          const done = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });
          expect({ args, code: done.status, error: done.stderr }).toEqual({ args, code: 0, error: '' });
          expect(done.stdout).toContain(command);
          expect(done.stdout).toMatch(/^(undertone|npm run)/);
        }
    });
});

describe('undertone', () => {
  it('keeps the private key to its owner and never overwrites it', () => {
    expect(statSync(join(dir, 'issuer.jwk')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir, 'issuer.pub.json'), 'utf8')).not.toContain('"d"');
    expect(readFileSync(join(dir, 'marked.wav.session.json'), 'utf8')).not.toContain(
      JSON.parse(readFileSync(join(dir, 'issuer.jwk'), 'utf8')).d,
    );
    const again = undertone(['keygen', '--out', 'issuer.jwk']);
    expect(again).toMatchObject({ code: 1 });
    expect(again.error).toContain('key-exists');
  });
  it('verifies what it marked, after the telephone too: 0', () => {
    expect(verify('marked.wav').code).toBe(0);
    const samples = readFileSync(join(dir, 'marked.wav'));
    const heard = telephone(
      Float32Array.from({ length: (samples.length - 44) / 2 }, (_, i) => samples.readInt16LE(44 + 2 * i) / 32768),
    );
    writeFileSync(join(dir, 'phone.wav'), encodeWav([heard], 8000));
    const done = verify('phone.wav', '--session', 'marked.wav.session.json', '--min-coverage', '0.9', '--html', 'report.html');
    expect(done.code).toBe(0);
    const report = JSON.parse(done.text);
    expect(report.channels[0]).toMatchObject({
      state: 'attested',
      spans: [{ agent: 'concierge', issuer: 'Acme', content: 'full' }],
    });
    expect(readFileSync(join(dir, 'report.html'), 'utf8')).toContain('<svg');
  });
  it('writes and reads FLAC and Opus', () => {
    for (const name of ['marked.flac', 'marked.opus']) {
      expect(undertone(['embed', 'plain.wav', name, '--issuer', 'issuer.jwk', '--agent', 'concierge']).code).toBe(0);
      expect(verify(name).code).toBe(0);
    }
  });
  it('works in a pipe', async () => {
    const raw = ['--format', 'raw', '--rate', String(RATE)];
    const marked = undertone(
      ['embed', '-', '-', '--issuer', 'issuer.jwk', '--agent', 'concierge', '--session', 'pipe.json', ...raw],
      encodePcm16(await words('ru-f')),
    );
    expect(marked.code).toBe(0);
    const heard = undertone(
      ['verify', '-', '--trust', 'issuer.pub.json', '--session', 'pipe.json', '--json', ...raw],
      marked.out,
    );
    expect(heard.code).toBe(0);
  });
  it('finds nothing in unmarked speech: 2', () => {
    const done = verify('plain.wav');
    expect(done.code).toBe(2);
    expect(JSON.parse(done.text).channels[0]).toMatchObject({ state: 'absent', absenceProvesNothing: true });
  });
  it('does not verify without the session record, or with a stranger’s key: 3', () => {
    writeFileSync(join(dir, 'alone.wav'), readFileSync(join(dir, 'marked.wav')));
    expect(verify('alone.wav').code).toBe(3);
    undertone(['keygen', '--out', 'stranger.jwk', '--name', 'Stranger']);
    const done = undertone(['verify', 'marked.wav', '--trust', 'stranger.pub.json', '--json']);
    expect(done.code).toBe(3);
    expect(done.text).toContain('issuer-unknown');
  });
  it('says that a file cannot be decoded: 4', () => {
    const cases: [string, Uint8Array, string][] = [
      ['empty.wav', new Uint8Array(0), 'audio-empty'],
      ['noise.mp3', Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) & 0x7f), 'audio-undecodable'],
      ['cut.flac', new TextEncoder().encode('fLaC'), 'audio-undecodable'],
    ];
    for (const [name, bytes, code] of cases) {
      writeFileSync(join(dir, name), bytes);
      const done = verify(name);
      expect(done.code).toBe(4);
      expect(JSON.parse(done.text).error.code).toBe(code);
    }
  });
  it('reads what a cut-off recording still holds', () => {
    const whole = readFileSync(join(dir, 'marked.wav'));
    writeFileSync(join(dir, 'truncated.wav'), whole.subarray(0, Math.floor(whole.length * 0.6)));
    const done = verify('truncated.wav', '--session', 'marked.wav.session.json');
    expect(JSON.parse(done.text)).toMatchObject({ truncated: true, exitCode: 0 });
  });
  it('names wrong usage: 1', () => {
    for (const args of [
      [],
      ['nothing'],
      ['verify'],
      ['verify', 'marked.wav'],
      ['verify', 'x', '--trust', 'missing.json'],
      ['embed', 'plain.wav', 'x.wav', '--issuer', 'issuer.pub.json', '--agent', 'a'],
      ['verify', 'marked.wav', '--trust', 'issuer.jwk'],
      ['verify', '--wrong'],
      ['verify', 'marked.wav', '--trust', 'issuer.pub.json', '--proof', 'x'],
      ['verify', 'marked.wav', '--trust', 'issuer.pub.json', '--log', 'x'],
      ['verify', 'marked.wav', '--trust', 'issuer.pub.json', '--status', 'missing.jwt'],
    ])
      expect(undertone(args).code, args.join(' ')).toBe(1);
  });
  it('refuses to mark twice, to guess a channel, or to promise what silence cannot carry', async () => {
    const embed = (input: string, ...more: string[]) =>
      undertone(['embed', input, 'x.wav', '--issuer', 'issuer.jwk', '--agent', 'a', ...more]);
    expect(embed('marked.wav').error).toContain('already-marked');
    const samples = await words('it-m');
    writeFileSync(join(dir, 'stereo.wav'), encodeWav([samples, samples.map((v) => v * 0.5)], RATE));
    expect(embed('stereo.wav').error).toContain('channel-needed');
    writeFileSync(join(dir, 'silence.wav'), encodeWav([new Float32Array(RATE * 20)], RATE));
    expect(embed('silence.wav').error).toContain('capacity');
    expect(embed('stereo.wav', '--channel', '1').code).toBe(0);
    const channels = JSON.parse(verify('x.wav').text).channels;
    expect(channels.map((c: { state: string }) => c.state)).toEqual(['absent', 'attested']);
  });
  it('doctor answers for every codec', async () => {
    expect((await opusRoundTrip(new Float32Array(1600), RATE, { bitrate: 24000 })).length).toBe(1600);
    const checks = JSON.parse(undertone(['doctor', '--json']).text);
    expect(checks.filter((c: { ok: boolean; optional: boolean }) => !c.ok && !c.optional)).toEqual([]);
  });
});
