// Packs every package as it would be published and checks the tarball with publint and are-the-types-wrong.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = mkdtempSync(join(tmpdir(), 'undertone-pack-'));
let failures = 0;
const run = (file, args, cwd = root) => {
  const done = spawnSync(file, args, { cwd, encoding: 'utf8' });
  if (done.status !== 0) {
    failures++;
    console.error(`${file} ${args.join(' ')}\n${done.stdout}${done.stderr}`);
  }
  return done.status === 0;
};
for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name);
  if (!run('npx', ['--yes', 'pnpm@10.34.9', 'pack', '--out', join(out, `${name}.tgz`)], folder)) continue;
  run(process.execPath, [join(root, 'node_modules/publint/src/cli.js'), 'run', join(out, `${name}.tgz`), '--strict']);
  if (name !== 'cli') run(join(root, 'node_modules/.bin/attw'), [join(out, `${name}.tgz`), '--profile', 'esm-only']);
  console.log(`${name}: checked`);
}
rmSync(out, { recursive: true, force: true });
process.exit(failures ? 1 : 0);
