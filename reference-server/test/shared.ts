/** What was made once for the tests of all files (set-up.ts). */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** Puts the embedded database of a server that has not begun into a folder. @returns the folder */
export function emptyDatabase(folder: string): string {
  cpSync(inject('emptyDatabase'), join(folder, 'data'), { recursive: true });
  return folder;
}
