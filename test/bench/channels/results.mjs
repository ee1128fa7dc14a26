// Results as they come, one JSON line each, so that nothing measured is lost. They belong to one state of the code and one set of clips.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** What the results depend on, besides the clips. */
const CODE = [
  'packages/signal/dist',
  'packages/encoder/dist',
  'packages/detector/dist',
  'packages/token/dist',
  'packages/audio/dist',
  'test/bench/channels',
];

function codeHash() {
  const hash = createHash('sha256');
  for (const folder of CODE)
    for (const name of readdirSync(join(root, folder), { recursive: true }).sort())
      if (/\.m?js$/.test(name) && !/(main|page|plots|summary)\.mjs$/.test(name))
        hash.update(readFileSync(join(root, folder, name)));
  return hash;
}

const keyOf = ({ row, clip, mode }) => `${mode} ${clip} ${row}`;

export class Results {
  #file;
  #kept = new Map();

  /** @param fresh forgets what an earlier run kept */
  static async open(clips, { seconds, fresh }) {
    const hash = codeHash().update(`${seconds}`);
    for (const { samples } of clips) hash.update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
    const folder = process.env.UNDERTONE_BENCH_STATE ?? join(root, 'node_modules/.cache/undertone-bench');
    mkdirSync(folder, { recursive: true });
    const results = new Results();
    results.#file = join(folder, `channels-${hash.digest('hex').slice(0, 16)}.jsonl`);
    if (fresh) rmSync(results.#file, { force: true });
    if (existsSync(results.#file))
      for (const line of readFileSync(results.#file, 'utf8').split('\n')) {
        // The last line may have been cut off.
        try {
          const { task, result } = JSON.parse(line);
          results.#kept.set(keyOf(task), result);
        } catch {}
      }
    return results;
  }

  has(task) {
    return this.#kept.has(keyOf(task));
  }
  get(task) {
    return this.#kept.get(keyOf(task));
  }
  keep(task, result) {
    this.#kept.set(keyOf(task), result);
    // A failure is tried again next time.
    if (!result.failed) appendFileSync(this.#file, `${JSON.stringify({ task, result })}\n`);
  }
}
