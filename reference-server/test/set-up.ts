/** What the tests of whole programs share, made once for all files: the programs as they are built, and an empty database. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of a database that holds nothing yet. */
    readonly emptyDatabase: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The command line and the page, as `npm run build` makes them. */
function build(): void {
  for (const args of [['node_modules/typescript/bin/tsc', '-b'], ['reference-server/page/build.mjs']]) {
    const built = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stdout + built.stderr);
  }
}

/** As the server makes it when it begins; that takes it seconds. */
async function emptyDatabase(folder: string): Promise<void> {
  await (await PGlite.create(folder)).close();
}

export default async function setUp({ provide }: TestProject): Promise<() => void> {
  build();
  const folder = mkdtempSync(join(tmpdir(), 'undertone-tests-'));
  await emptyDatabase(join(folder, 'database'));
  provide('emptyDatabase', join(folder, 'database'));
  return () => rmSync(folder, { recursive: true, force: true });
}
