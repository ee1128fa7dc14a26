// A real server in a process of its own, as `undertone serve` starts it, with a database in a new folder.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));

/** Metrics of the server at an address, by name with labels. */
export async function metricsOf(http) {
  const text = await (await fetch(`${http}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return Object.fromEntries(lines.map((l) => [l.slice(0, l.lastIndexOf(' ')), Number(l.slice(l.lastIndexOf(' ')))]));
}

/**
 * Starts a server on free ports. `errors` gathers log lines of level error and anything that is not a log line.
 * @param cpus processors for all of its processes, as `taskset -c` names them; null for any
 */
export async function startServer(options = {}, cpus = null) {
  const data = await mkdtemp(join(tmpdir(), 'undertone-bench-'));
  const given = { port: 0, channelPort: 0, data, drainSeconds: 1, ...options };
  const args = Object.entries(given).flatMap(([k, v]) => [`--${k.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, String(v)]);
  const pinned = cpus === null ? [] : ['taskset', '-c', cpus];
  const [program, ...rest] = [...pinned, process.execPath, '--expose-gc', main, 'serve', ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  process.once('exit', () => child.kill());
  const errors = [];
  let exited = null;
  child.on('exit', (code, signal) => {
    exited = signal ?? code;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n').filter(Boolean)) {
      const level = line.startsWith('{') ? JSON.parse(line).level : 50;
      if (level >= 50) errors.push(line);
    }
  });
  const address = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
      const found = /(ws:\S+)\/api\/chat/.exec(out);
      if (found) resolve(found[1]);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${errors.join('\n')}`)));
  });
  const http = address.replace('ws:', 'http:');
  return {
    chat: `${address}/api/chat`,
    http,
    errors,
    get exited() {
      return exited;
    },
    /** Resident memory in MB, of the server itself without its database and channel. */
    async residentMb() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
    },
    metrics: () => metricsOf(http),
    async stop() {
      if (exited === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }
      await rm(data, { recursive: true, force: true });
      return exited;
    },
  };
}
