// Bundles the page into dist/page, with everything that it needs, when something of it has changed. Runs after the packages are built.
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here('../dist/page');
/** Written last: what the page was made of, relative to this folder. */
const made = `${out}/made-of.json`;
const STATIC = ['index.html', 'style.css', 'icon.svg'];
/** Speech that the page brings along, and how much of it, seconds. */
const SAMPLES = { caller: ['caller-ru-f', 30], stranger: ['agent-it-m', 12] };
const SAMPLE_BITRATE = 24000;
const speech = (file) => here(`../../packages/cli/assets/${file}.flac`);

/** What is imported while the page runs stays a file of its own. */
const lazy = {
  name: 'lazy',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/.*\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: path.replace(/\.ts$/, '.js'), external: true } : null,
    );
  },
};

/** @returns the files that the bundles were made of */
async function bundle() {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    entryPoints: {
      app: here('src/app.ts'),
      'line-worker': here('src/line/line-worker.ts'),
      'judge-worker': here('src/judge/judge-worker.ts'),
      worklets: here('src/sound/worklets.ts'),
      transplant: here('src/line/transplant.ts'),
    },
    absWorkingDir: here('.'),
    outdir: out,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    legalComments: 'none',
    // The form without generated code, which the page's security policy forbids.
    alias: { msgpackr: createRequire(import.meta.resolve('@undertone/channel')).resolve('msgpackr/index-no-eval') },
    // libopus-wasm asks for these in Node only.
    external: ['node:*'],
    metafile: true,
    plugins: [lazy],
  });
  return Object.keys(metafile.inputs).map((path) => here(path));
}

async function encodeSpeech() {
  const { decodeAudio, encodeOpusFile } = await import('@undertone/audio');
  for (const [name, [file, seconds]] of Object.entries(SAMPLES)) {
    const { channels, sampleRate } = await decodeAudio(await readFile(speech(file)));
    const opus = await encodeOpusFile(channels[0].subarray(0, seconds * sampleRate), sampleRate, SAMPLE_BITRATE);
    await writeFile(`${out}/${name}.opus`, opus);
  }
}

/** The licences of the libraries that went into the bundles. */
async function licences(inputs) {
  const folders = new Set(inputs.map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]).filter(Boolean));
  const texts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
      const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|third_party)/i.test(file)).sort();
      const parts = await Promise.all(files.map((file) => readFile(`${folder}/${file}`, 'utf8')));
      return [`${name} ${version} (${license})`, ...parts].join('\n\n');
    }),
  );
  return `${texts.join('\n\n----------------\n\n')}\n`;
}

async function compress() {
  for (const name of await readdir(out)) {
    if (!/\.(js|css|html|svg|txt)$/.test(name)) continue;
    const bytes = await readFile(`${out}/${name}`);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    await writeFile(`${out}/${name}.br`, brotliCompressSync(bytes, { params }));
  }
}

async function upToDate() {
  try {
    const { mtimeMs } = await stat(made);
    const inputs = JSON.parse(await readFile(made, 'utf8'));
    const times = await Promise.all(inputs.map(async (path) => (await stat(here(path))).mtimeMs));
    return times.every((time) => time <= mtimeMs);
  } catch {
    return false;
  }
}

if (!(await upToDate())) {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const inputs = await bundle();
  for (const name of STATIC) await copyFile(here(`static/${name}`), `${out}/${name}`);
  await encodeSpeech();
  await writeFile(`${out}/licences.txt`, await licences(inputs));
  await compress();
  const others = [...STATIC.map((name) => here(`static/${name}`)), ...Object.values(SAMPLES).map(([file]) => speech(file))];
  const all = [...inputs, ...others, here('build.mjs')].map((path) => relative(here('.'), path));
  await writeFile(made, JSON.stringify(all));
}
