/** Programs that run as processes need the built form; the tests of other files may be building at the same time. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

export function build(): void {
  const built = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'reference-server'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(built.stdout);
}
