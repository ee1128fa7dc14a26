// Size of what an integrator's page downloads: each package with its dependencies, without the weights, minified and compressed.
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';

const PACKAGES = ['token', 'signal', 'encoder', 'detector'];
const LARGEST_SHOWN = 12;

const withoutWeights = {
  name: 'without-weights',
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]weights[\\/][a-z-]+\.js$/ }, () => ({ contents: "export default '';" }));
  },
};

async function bundle(name) {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(`../../packages/${name}/dist/index.js`, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    metafile: true,
    write: false,
    plugins: [withoutWeights],
  });
  const brotli = brotliCompressSync(outputFiles[0].contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  const parts = Object.entries(Object.values(metafile.outputs)[0].inputs);
  return {
    brotli,
    minified: outputFiles[0].contents.length,
    parts: parts.sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput),
  };
}

/** Kilobytes (1000 bytes) by package, and the largest modules in each. */
export async function size() {
  const rows = {};
  for (const name of PACKAGES) {
    const { brotli, minified, parts } = await bundle(name);
    const largest = parts.slice(0, LARGEST_SHOWN).map(([path, { bytesInOutput }]) => [basename(path), bytesInOutput / 1000]);
    rows[name] = { brotliKilobytes: brotli / 1000, minifiedKilobytes: minified / 1000, largest: Object.fromEntries(largest) };
  }
  return rows;
}
