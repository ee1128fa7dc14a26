/** Debian's Chromium, driven by playwright-core. Installed where it is missing and apt can be used; else the tests say why not. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

/** @returns the path of a Chromium that is there already; null without one */
export function installedChromium(): string | null {
  return process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path)) ?? null;
}

/** Installs Chromium if it must. @returns its path, or why there is none */
export function findChromium(): { readonly path: string } | { readonly missing: string } {
  const there = installedChromium();
  if (there) return { path: there };
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { missing: 'no Chromium is installed, and only root may install it' };
  const apt = (...args: string[]): string | null => {
    const done = spawnSync('apt-get', args, { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    return done.status === 0 ? null : `apt-get ${args[0]}: ${done.error?.message ?? done.stderr.trim().split('\n').at(-1)}`;
  };
  const failed = apt('update', '-q') ?? apt('install', '-qy', '--no-install-recommends', 'chromium');
  const path = installedChromium();
  return path ? { path } : { missing: failed ?? 'Chromium was installed, but not where it is looked for' };
}
