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
const endings = process.env.UNDERTONE_FULL ? ['test', 'full'] : ['test'];
const tests = (...folders: string[]): string[] =>
  folders.flatMap((folder) => endings.map((ending) => `${folder}/**/*.${ending}.ts`));

export default defineConfig({
  resolve: {
    alias: [
      ...PACKAGES.flatMap((name) => sources(name, `packages/${name}`)),
      ...sources('reference-server', 'reference-server'),
      ...sources('conformance', 'protocol'),
    ],
  },
  test: {
    projects: [
      // Projects are run in the order of their names: those that wait much first.
      {
        extends: true,
        test: {
          name: 'end-to-end',
          include: tests('reference-server/test', 'test'),
          globalSetup: 'reference-server/test/set-up.ts',
        },
      },
      // Files share their process: to load everything again would take longer than many of them.
      { extends: true, test: { name: 'libraries', include: tests('packages/!(model)/test', 'protocol/test'), isolate: false } },
      // A process binds the functions of the model's runtime once.
      { extends: true, test: { name: 'model', include: tests('packages/model/test') } },
    ],
    // Many tests wait for servers and databases: even two cores have time for two files at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
