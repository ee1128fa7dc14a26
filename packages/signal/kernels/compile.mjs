// Compiles sparse.wat to the module that the signal package carries: node packages/signal/kernels/compile.mjs
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const source = new URL('sparse.wat', import.meta.url);
const target = new URL('../src/kernel-bytes.ts', import.meta.url);

/** The text of src/kernel-bytes.ts as the source gives it. */
export async function compileKernel() {
  const module = (await wabt()).parseWat('sparse.wat', await readFile(source, 'utf8'), { simd: true });
  module.validate();
  const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
  return `/** kernels/sparse.wat, compiled by kernels/compile.mjs. */\nexport default '${base64}';\n`;
}

/** The text of src/kernel-bytes.ts as it is. */
export const committedKernel = () => readFile(target, 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(target, await compileKernel());
