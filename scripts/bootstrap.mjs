// Runs a command of the repository after installing and building what it needs, so that a fresh clone works with Node and npm only.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@10.34.9';
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [command, ...args] = process.argv.slice(2);
const USAGE =
  'usage: bootstrap.mjs demo | test | test:full | attack-lab | bench | bench:channels | bench:model | bench:server | undertone [arguments]';
const BENCHMARKS = {
  bench: 'test/bench/main.mjs',
  'bench:channels': 'test/bench/channels/main.mjs',
  'bench:model': 'test/bench/model-main.mjs',
  'bench:server': 'test/bench/server/main.mjs',
};

/** Runs a child and ends with its exit code when it fails. `quiet` keeps standard output for the command itself. */
function run(file, argv, { quiet = false, env = {}, cwd = root } = {}) {
  const stdio = quiet ? ['ignore', 2, 2] : 'inherit';
  const done = spawnSync(file, argv, {
    cwd,
    stdio,
    env: { ...process.env, ...env },
    shell: process.platform === 'win32' && file === 'npx',
  });
  if (done.error) {
    console.error(`${file} could not be started: ${done.error.message}`);
    process.exit(1);
  }
  if (done.status !== 0) process.exit(done.status ?? 130);
}
const newer = (a, b) => !existsSync(b) || statSync(a).mtimeMs > statSync(b).mtimeMs;
const node = (script, argv, options) => run(process.execPath, [join(root, script), ...argv], options);
const installed = join(root, 'node_modules/.modules.yaml');

if (newer(join(root, 'pnpm-lock.yaml'), installed)) {
  console.error('Installing packages (once) …');
  run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile'], { quiet: true });
}
const build = () => {
  node('node_modules/typescript/bin/tsc', ['-b'], { quiet: true });
  node('reference-server/page/build.mjs', [], { quiet: true });
};
const vitest = 'node_modules/vitest/vitest.mjs';
// npm runs scripts in the package root; what the user typed is relative to where they stood.
const here = process.env.INIT_CWD ?? process.cwd();

switch (command) {
  case 'test':
    node(vitest, ['run', ...args]);
    break;
  case 'test:full':
    node(vitest, ['run', ...args], { env: { UNDERTONE_FULL: '1' } });
    break;
  case 'bench':
  case 'bench:channels':
  case 'bench:model':
  case 'bench:server':
    build();
    run(process.execPath, ['--expose-gc', join(root, BENCHMARKS[command]), ...args], { cwd: here });
    break;
  case 'attack-lab':
    build();
    node('tools/attack-lab/dist/main.js', args, { cwd: here });
    break;
  case 'demo':
    build();
    node('packages/cli/dist/main.js', ['demo', ...args], { cwd: here });
    break;
  case 'undertone':
    build();
    node('packages/cli/dist/main.js', args, { cwd: here });
    break;
  default:
    console.error(USAGE);
    process.exit(1);
}
