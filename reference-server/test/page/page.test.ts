/** The page as it is served, and, where Chromium is there already, in it. The long way through a call is in page.full.ts. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { speech } from '../support.ts';
import { installedChromium } from './chromium.ts';
import { openBrowser, openPage, type ServedPage, seriousViolations, servePage } from './support.ts';

let server: ServedPage;
beforeAll(async () => {
  server = await servePage();
});
afterAll(() => server?.stop());

describe('the page as it is served', () => {
  it('may run its own scripts and reach its own server and channel, nothing else', async () => {
    const answer = await fetch(server.url);
    const { channel } = (await (await fetch(`${server.url}api/agent`)).json()) as { channel: string };
    const policy = Object.fromEntries(
      answer.headers
        .get('content-security-policy')!
        .split('; ')
        .map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)]),
    );
    expect(policy['default-src']).toEqual(["'none'"]);
    expect(policy['script-src']).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(policy['connect-src']).toEqual(["'self'", channel, channel.replace('http', 'ws')]);
    expect(policy['frame-ancestors']).toEqual(["'none'"]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!creativecommons)/);
  });
  it('is answered by its tag when the browser has it already, and small when it can be', async () => {
    const first = await fetch(`${server.url}judge-worker.js`, { headers: { 'accept-encoding': 'br' } });
    expect(first.headers.get('content-encoding')).toBe('br');
    const again = await fetch(`${server.url}judge-worker.js`, { headers: { 'if-none-match': first.headers.get('etag')! } });
    expect(again.status).toBe(304);
  });
  it('is made of no file that is not its own', async () => {
    for (const path of ['made-of.json', '../package.json', '%2e%2e/package.json', 'app.js.br', 'src/app.ts'])
      expect((await fetch(`${server.url}${path}`)).status, path).toBe(404);
  });
  it('brings the licences of the libraries in it', async () => {
    const text = await (await fetch(`${server.url}licences.txt`)).text();
    for (const name of ['libopus-wasm', 'msgpackr', '@noble/ed25519', 'jose']) expect(text).toContain(name);
  });
});

const chromium = installedChromium();
if (chromium === null)
  console.error('THE PAGE IS NOT TRIED IN A BROWSER: no Chromium is installed (npm run test:full installs it)');

describe.runIf(chromium !== null)('the page in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser(chromium!, server.folder, (await speech('ru-f')).subarray(0, 24000 * 4));
  });
  afterAll(() => browser?.close());
  const scrollsSideways = (page: Page): Promise<boolean> =>
    page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

  it('fits a phone 360 px wide, light and dark, and keeps people with other needs in', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openPage(browser, server.url, {
        viewport: { width: 360, height: 740 },
        colorScheme,
        reducedMotion: 'reduce',
      });
      expect(await scrollsSideways(page)).toBe(false);
      expect(await seriousViolations(page)).toEqual([]);
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement!.textContent)).toBe('To the call');
    }
  });

  it('needs no microphone: the sample voice takes turns, and may speak into the agent', async () => {
    const { page, errors } = await openPage(browser, server.url);
    await page.check('input[value=sample]');
    await page.click('#call');
    await page.waitForFunction(() => document.getElementById('transcript')!.innerText.length > 30, null, { timeout: 60_000 });
    // The agent may just have paused: then nobody is interrupted, and the caller speaks again.
    for (let tries = 0; tries < 8 && (await page.locator('#transcript .aside').count()) === 0; tries++) {
      await page.click('#speak');
      await page.waitForSelector('#transcript .aside', { timeout: 8_000 }).catch(() => {});
    }
    await page.waitForSelector('#transcript .aside', { timeout: 1_000 });
    await page.click('#hang-up');
    await page.waitForFunction(() => document.getElementById('call')!.textContent === 'Call again', null, { timeout: 20_000 });
    expect(errors).toEqual([]);
  });
});
