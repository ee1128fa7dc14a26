// Other watermarks beside ours, on the same clips through the same channels, at their own settings.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeWav } from '../../../packages/audio/dist/index.js';
import { resample } from '../../../packages/audio/dist/pcm/index.js';
import { refuse } from '../../../scripts/command-line.mjs';
import { RATE } from '../clips.mjs';
import { PEERS, run, scratchFolder, writeWav } from './programs.mjs';

/** What each peer sends. Perth says only that a mark is there. */
const PAYLOAD_BITS = { audiowmark: 128, aware: 20, perth: 0 };
export const PEER_NAMES = Object.keys(PAYLOAD_BITS);
export const isPeer = (mode) => PEER_NAMES.includes(mode);
/** Their clips: enough for audiowmark, which needs 15 s, and short enough for AWARE. */
const SECONDS = 30;
const AUDIOWMARK = process.env.UNDERTONE_AUDIOWMARK ?? 'audiowmark';
const PYTHON = process.env.UNDERTONE_PEERS_PYTHON ?? join(PEERS, 'venv/bin/python');
const STATE = join(process.env.UNDERTONE_BENCH_STATE ?? tmpdir(), 'undertone-peers');

/** Most seconds for one answer of the Python runner: AWARE takes four times as long as a clip lasts, more on a busy machine. */
const ANSWER_SECONDS = 600;

/** The Python runner, started when first asked. */
class Runner {
  #child;
  #waiting = [];

  #start() {
    const child = spawn(PYTHON, [join(PEERS, 'peers.py')], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    child.unref();
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting.shift()?.(JSON.parse(line)));
    // The end of one that was stopped comes when the next may be at work.
    const ended = () => child === this.#child && this.#lost('the Python runner ended');
    child.on('error', ended).on('close', ended);
    child.stdin.on('error', () => {});
    return child;
  }
  ask(request) {
    this.#child ??= this.#start();
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        child.kill('SIGKILL');
        this.#lost(`${request.peer ?? request.op} did not answer in ${ANSWER_SECONDS} s and was stopped`);
      }, ANSWER_SECONDS * 1000);
      this.#waiting.push((answer) => {
        clearTimeout(limit);
        if (answer.failed) reject(new Error(answer.failed));
        else resolve(answer);
      });
      child.stdin.write(`${JSON.stringify(request)}\n`, () => {});
    });
  }
  /** The next question starts another. */
  #lost(why) {
    this.#child = undefined;
    for (const give of this.#waiting.splice(0)) give({ failed: why });
  }
  end() {
    this.#child?.stdin.end();
  }
}

/** @param wanted names, or undefined for none. @returns which can run here, which not and why, and whether quality can be measured */
export async function peersAtHand(wanted = []) {
  const unknown = wanted.find((name) => !PEER_NAMES.includes(name));
  if (unknown !== undefined) refuse(`There is no peer ${unknown}`);
  let have = {};
  if (existsSync(PYTHON)) {
    const runner = new Runner();
    have = await runner.ask({ op: 'have' }).catch(() => ({}));
    runner.end();
  }
  have.audiowmark = spawnSync(AUDIOWMARK, ['--version']).status === 0;
  const present = wanted.filter((name) => have[name]);
  const missing = PEER_NAMES.flatMap((name) =>
    present.includes(name)
      ? []
      : [[`peer ${name}`, wanted.includes(name) ? 'not installed (tools/peers)' : 'not asked for (--peers)']],
  );
  missing.push([
    'peers AudioSeal, WavMark, SilentCipher, WaveVerify',
    'their weights are at a model hub that package registries do not reach',
  ]);
  return { present, missing, quality: Boolean(have.quality), summarise };
}

/** Share of clips whose payload came back whole, and for those with soft answers their mean. */
function summarise(results) {
  const good = results.filter((r) => !r.failed);
  if (good.length === 0) return { clips: 0, failed: results[0]?.failed };
  const mean = (key) => good.reduce((a, r) => a + r[key], 0) / good.length;
  return {
    clips: good.length,
    found: mean('found'),
    ...('bitErrors' in good[0] ? { bitErrors: mean('bitErrors') } : {}),
    ...('score' in good[0] ? { score: mean('score') } : {}),
  };
}

/** Payload of a clip, from its number. */
const payload = (name, key) => {
  const digest = createHash('sha256').update(`${name} ${key}`).digest();
  return Array.from({ length: PAYLOAD_BITS[name] }, (_, i) => (digest[i >> 3] >> (i & 7)) & 1);
};
const asHex = (bits) =>
  Array.from({ length: bits.length / 4 }, (_, i) => Number.parseInt(bits.slice(4 * i, 4 * i + 4).join(''), 2).toString(16)).join(
    '',
  );

/** One worker's view of the peers. */
export class Peers {
  #runner = new Runner();

  async #file(name, key, original) {
    const samples = original.subarray(0, SECONDS * RATE);
    const id = createHash('sha256')
      .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
      .digest('hex')
      .slice(0, 16);
    mkdirSync(STATE, { recursive: true });
    const path = join(STATE, `${name}-${id}-${key}.wav`);
    if (existsSync(path)) return path;
    const folder = mkdtempSync(join(STATE, 'making-'));
    const [before, after] = [join(folder, 'in.wav'), join(folder, 'out.wav')];
    writeWav(before, samples, RATE);
    const bits = payload(name, key);
    if (name === 'audiowmark') await run(AUDIOWMARK, ['add', before, after, asHex(bits)]);
    else await this.#runner.ask({ op: 'embed', peer: name, in: before, out: after, bits });
    renameSync(after, path);
    rmSync(folder, { recursive: true });
    return path;
  }

  /** A clip as the peer marks it. */
  async marked(name, key, original) {
    return decodeWav(readFileSync(await this.#file(name, key, original))).channels[0];
  }

  /** @returns found 1 or 0: payload back whole, or for Perth a score over 0.5; and what else the peer says */
  async hear(name, key, original, through) {
    const { samples, rate } = await through(await this.marked(name, key, original));
    const folder = scratchFolder();
    try {
      const path = join(folder, 'heard.wav');
      writeWav(path, resample(samples, rate, RATE), RATE);
      const bits = payload(name, key);
      if (name === 'audiowmark') {
        // It ends with 1 where it reads nothing.
        const said = await run(AUDIOWMARK, ['get', path], null, [0, 1]);
        return { found: said.includes(asHex(bits)) ? 1 : 0 };
      }
      const { score, bits: read } = await this.#runner.ask({ op: 'detect', peer: name, in: path });
      if (name === 'perth') return { found: score > 0.5 ? 1 : 0, score };
      const bitErrors = bits.filter((b, i) => b !== read[i]).length / bits.length;
      return { found: bitErrors === 0 ? 1 : 0, bitErrors, score };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** PESQ-WB and ViSQOL (means of 10 s pieces) and SNR. */
  async quality(original, marked) {
    const folder = scratchFolder();
    try {
      const [before, after] = [join(folder, 'original.wav'), join(folder, 'marked.wav')];
      writeWav(before, original.subarray(0, marked.length), RATE);
      writeWav(after, marked, RATE);
      return await this.#runner.ask({ op: 'quality', original: before, marked: after });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
