/** What the container files ask of `undertone serve` it has: they cannot be run where there is no container runtime. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { OPTION_HELP, parseOptions } from '../src/options.ts';
import { root } from './shared.ts';

const text = (name: string): string => readFileSync(join(root, 'deploy', name), 'utf8');

interface Compose {
  readonly services: Record<
    string,
    { command?: string[]; ports?: string[]; secrets?: string[]; stop_grace_period?: string; depends_on?: object }
  >;
  readonly secrets: Record<string, { file: string }>;
  readonly volumes: object;
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
const KEYS = ['issuer', 'log-key'];
const drainSeconds = parseOptions({}).drainSeconds;

it('the fleet of the compose file is started with options that there are, and with keys and ports that fit', () => {
  const { services, secrets } = parse(text('compose.yaml'), { merge: true }) as Compose;
  const servers = Object.entries(services).filter(([, { command }]) => command);
  expect(servers.map(([name]) => name)).toEqual(['one', 'two']);
  for (const [name, { command, ports, secrets: given, stop_grace_period: grace, depends_on: needs }] of servers) {
    const options = Object.fromEntries(command!.map((argument) => argument.replace(/^--/, '').split(/=(.*)/).slice(0, 2)));
    for (const option of Object.keys(options))
      expect([...OPTION_HELP.map((o) => kebab(o.name)), ...KEYS], option).toContain(option);
    for (const key of KEYS) expect(given).toContain(options[key].replace('/run/secrets/', ''));
    for (const secret of given!) expect(secrets[secret].file).toBe(`./secrets/${secret}.jwk`);
    expect(options.home).toBe(`http://${name}:8999`);
    expect(ports!.map((port) => port.split(':')[1])).toEqual(['8998', '8999']);
    expect(Number.parseInt(grace!, 10)).toBeGreaterThanOrEqual(drainSeconds + 20);
    for (const needed of Object.keys(needs!)) expect(Object.keys(services)).toContain(needed);
  }
});

it('the image begins the server, shows its ports, and is asked where it answers', () => {
  const dockerfile = text('Dockerfile');
  const entry = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)![1]) as string[];
  expect(entry.slice(0, 3)).toEqual(['node', '/app/dist/main.js', 'serve']);
  for (const option of entry.slice(3).filter((argument) => argument.startsWith('--')))
    expect(OPTION_HELP.map((o) => `--${kebab(o.name)}`)).toContain(option);
  const { port, channelPort } = parseOptions({});
  expect(/^EXPOSE (.*)$/m.exec(dockerfile)![1]).toBe(`${port} ${channelPort}`);
  expect(dockerfile).toContain(`http://127.0.0.1:${port}/healthz`);
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };
  for (const [used] of dockerfile.matchAll(/pnpm@[\d.]+/g)) expect(used).toBe(packageManager);
});
