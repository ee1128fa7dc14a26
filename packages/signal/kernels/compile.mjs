// Compiles sparse.wat into src/kernel-bytes.ts: node packages/signal/kernels/compile.mjs. With --check it only compares.
import { readFile, writeFile } from 'node:fs/promises';
import wabt from 'wabt';

const source = new URL('sparse.wat', import.meta.url);
const target = new URL('../src/kernel-bytes.ts', import.meta.url);

const module = (await wabt()).parseWat('sparse.wat', await readFile(source, 'utf8'), { simd: true });
module.validate();
const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
const text = `/** kernels/sparse.wat, compiled by kernels/compile.mjs. */\nexport default '${base64}';\n`;

if (!process.argv.includes('--check')) await writeFile(target, text);
else if ((await readFile(target, 'utf8')) !== text) {
  console.error('src/kernel-bytes.ts is not what kernels/sparse.wat compiles to');
  process.exitCode = 1;
}
