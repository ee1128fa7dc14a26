/** A real server from the command line, its page in a real browser. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@undertone/audio/wav';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { root } from '../shared.ts';

export const CLI: string = join(root, 'packages/cli/dist/main.js');

export interface ServedPage {
  readonly url: string;
  readonly folder: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** `undertone serve` in a folder of its own; fulfilled when it says where the page is. */
export async function servePage(...options: string[]): Promise<ServedPage> {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-page-'));
  const args = ['serve', '--port', '0', '--channel-port', '0', '--data', folder, '--log-level', 'warn', '--max-late-ms', '60000'];
  const child: ChildProcess = spawn(process.execPath, [CLI, ...args, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout!.on('data', (text) => {
      said += String(text);
      const page = /^(http\S+) is the page/m.exec(said)?.[1];
      if (page) resolve(page);
    });
    child.once('exit', (code) => reject(new Error(`undertone serve ended: ${code}`)));
  });
  return {
    url,
    folder,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A browser whose microphone hears a caller, 24 kHz, over and over. @param folder where the sound is put for it */
export function openBrowser(executablePath: string, folder: string, caller: Float32Array): Promise<Browser> {
  const file = join(folder, 'caller.wav');
  writeFileSync(file, encodeWav([caller], 24000));
  return chromium.launch({
    executablePath,
    args: [
      // As root, which tests in containers are, Chromium runs only so.
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${file}`,
    ],
  });
}

/** A served page and a browser for it. */
export interface PageInBrowser {
  server: ServedPage;
  browser: Browser;
}

/** For the tests of the block that calls this. It is filled before the first of them. */
export function pageInBrowser(
  executablePath: string,
  caller: () => Float32Array | Promise<Float32Array>,
  ...options: string[]
): PageInBrowser {
  const made = {} as PageInBrowser;
  beforeAll(async () => {
    made.server = await servePage(...options);
    made.browser = await openBrowser(executablePath, made.server.folder, await caller());
  });
  afterAll(async () => {
    await made.browser?.close();
    await made.server?.stop();
  });
  return made;
}

/** A page that notes every error of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

/** Waits until the page shows one of the states. */
export async function stateIs(page: Page, states: readonly string[], seconds: number): Promise<string> {
  const shown = await page.waitForFunction(
    (wanted) => {
      const { state } = document.getElementById('state')!.dataset;
      return wanted.includes(state!) ? state : null;
    },
    states,
    { timeout: seconds * 1000, polling: 100 },
  );
  return (await shown.jsonValue()) as string;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What would keep people out, as axe finds it. */
export async function seriousViolations(page: Page): Promise<string[]> {
  // The page's own policy forbids scripts that are put into it; the browser's debugger may.
  await page.evaluate(AXE);
  const found = await page.evaluate('axe.run()');
  const { violations } = found as { violations: { id: string; impact: string; nodes: { html: string }[] }[] };
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}
