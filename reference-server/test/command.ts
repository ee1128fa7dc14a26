/** Servers as `undertone serve` starts them: processes of their own, from the built form. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './shared.ts';
import { until } from './support.ts';

/** Runs `undertone` with these arguments. */
export function undertone(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(root, 'packages/cli/dist/main.js'), ...args]);
}

/** What a command prints, both streams, until it prints a pattern or ends. */
export async function output(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (text += chunk));
  await until(() => pattern.test(text) || child.exitCode !== null, 180_000);
  return text;
}

/** A server that speaks. */
export interface Serving {
  readonly process: ChildProcess;
  /** Address of `/api/chat`, without a query. */
  readonly chat: string;
  readonly http: string;
}

/** Starts `undertone serve` on a free port. Rejects with what it printed when it does not come up. */
export async function serveCommand(...args: string[]): Promise<Serving> {
  const child = undertone('serve', '--port', '0', ...args);
  const text = await output(child, /speaks/);
  const chat = /(wss?:\/\/\S+) speaks/.exec(text)?.[1];
  if (chat === undefined) throw new Error(`the server did not come up: ${text}`);
  return { process: child, chat, http: chat.replace(/^ws/, 'http').replace('/api/chat', '') };
}
