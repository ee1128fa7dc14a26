import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** A package's sources; a subpath export `name/sub` lives in `src/sub/index.ts`. */
const sources = (name: string, folder: string): { find: RegExp; replacement: string }[] => [
  { find: new RegExp(`^@undertone/${name}/([a-z-]+)$`), replacement: `${here(folder)}/src/$1/index.ts` },
  { find: new RegExp(`^@undertone/${name}$`), replacement: `${here(folder)}/src/index.ts` },
];
const PACKAGES = ['signal', 'token', 'encoder', 'detector', 'channel', 'audio', 'model', 'adapters'];
const suites = ['packages/*/test', 'reference-server/test', 'protocol/test', 'test'];
const endings = process.env.UNDERTONE_FULL ? ['test', 'full'] : ['test'];

export default defineConfig({
  resolve: {
    alias: [
      ...PACKAGES.flatMap((name) => sources(name, `packages/${name}`)),
      ...sources('reference-server', 'reference-server'),
      ...sources('conformance', 'protocol'),
    ],
  },
  test: {
    include: suites.flatMap((folder) => endings.map((ending) => `${folder}/**/*.${ending}.ts`)),
    // Many tests wait for servers and databases: even two cores have time for two files at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
