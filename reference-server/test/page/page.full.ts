/** The page in a real browser, with a real server. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { speech } from '../support.ts';
import { findChromium } from './chromium.ts';
import { CLI, openPage, pageInBrowser, seriousViolations, servePage, stateIs } from './support.ts';

const found = findChromium();
if ('missing' in found) console.error(`THE TESTS OF THE PAGE DO NOT RUN: ${found.missing}`);
/** The agent needs some seconds of speech to be proven, and the machine may be busy. */
const LIVE_SECONDS = 90;
const FALL_SECONDS = 120;

/** Somebody who speaks for 3 s and then listens for 12 s. */
async function caller(): Promise<Float32Array> {
  const turn = new Float32Array(15 * 24000);
  turn.set((await speech('ru-f')).subarray(0, 3 * 24000), 11 * 24000);
  return turn;
}

describe.runIf('path' in found)('the page in Chromium', () => {
  const made = pageInBrowser((found as { path: string }).path, caller, '--scope', 'bookings:read');

  it('talks, proves the agent live, notices every cheat, and its recording verifies', async () => {
    const { server, browser } = made;
    const { page, errors } = await openPage(browser, server.url, { acceptDownloads: true });
    await page.click('#call');
    await page.waitForSelector('body[data-phase=talking]');
    // The greeting comes as text, and the caller is heard and answered.
    await page.waitForFunction(() => /Hello, this is Robin/.test(document.getElementById('transcript')!.innerText), null, {
      timeout: 60_000,
    });
    await stateIs(page, ['live'], LIVE_SECONDS);
    expect(await page.textContent('#state-sentence')).toMatch(/undertone-demo, of Undertone demonstration, is speaking/);
    expect(await page.textContent('#state')).toMatch(/No mark proves nothing/);
    const evidence = await page.innerText('#evidence');
    expect(evidence).toMatch(/[1-9]\d* matched slots/);
    expect(evidence).toMatch(/yes\s+The card is signed/);
    expect(evidence).toMatch(/yes\s+It is made out to this call/);
    expect(evidence).toMatch(/yes\s+It has not been taken back/);
    expect(await page.innerText('#authority')).toMatch(/bookings:read/);
    await page.waitForFunction(() => document.querySelectorAll('#transcript p:not(.aside)').length > 1, null, {
      timeout: 60_000,
    });
    expect(await seriousViolations(page)).toEqual([]);

    for (const [cheat, states] of Object.entries({
      impersonate: ['stale'],
      replay: ['stale'],
      delay: ['stale'],
      splice: ['stale', 'conflict'],
      transplant: ['conflict'],
    })) {
      await page.click(`[data-cheat=${cheat}]`);
      await stateIs(page, states, FALL_SECONDS);
      expect(await page.textContent(`li:has([data-cheat=${cheat}]) .result`), cheat).toMatch(/Noticed after/);
      await page.click('#cheat-stop');
      await stateIs(page, ['live'], LIVE_SECONDS);
    }

    await page.click('#hang-up');
    for (const name of ['received', 'session', 'issuer', 'report']) {
      await page.waitForSelector(`#save-${name}:enabled`, { timeout: 60_000 });
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(`#save-${name}`)]);
      await download.saveAs(join(server.folder, download.suggestedFilename()));
    }
    const verified = spawnSync(process.execPath, [CLI, 'verify', 'undertone-call.wav', '--trust', 'issuer.pub.json', '--json'], {
      cwd: server.folder,
      encoding: 'utf8',
    });
    expect(verified.status, verified.stdout + verified.stderr).toBe(0);
    expect(JSON.parse(verified.stdout).channels[0]).toMatchObject({ state: 'attested' });
    const report = JSON.parse(readFileSync(join(server.folder, 'undertone-call.report.json'), 'utf8'));
    expect(report.states.map(({ state }: { state: string }) => state)).toContain('live');
    expect(report.cheats).toHaveLength(5);
    expect(await seriousViolations(page)).toEqual([]);
    expect(errors).toEqual([]);
  }, 900_000);

  it('says what to do when the microphone is not allowed, and when the server goes away', async () => {
    const { server, browser } = made;
    const { page } = await openPage(browser, server.url);
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await page.click('#call');
    await page.waitForSelector('#trouble:not([hidden])');
    expect(await page.innerText('#trouble')).toMatch(/not allowed[\s\S]+sample voice/);
    const other = await servePage('--max-calls', '1', '--drain-seconds', '0');
    try {
      const [first, second] = [await openPage(browser, other.url), await openPage(browser, other.url)];
      for (const { page: it } of [first, second]) await it.check('input[value=sample]');
      await first.page.click('#call');
      await first.page.waitForSelector('body[data-phase=talking]');
      await second.page.click('#call');
      await second.page.waitForSelector('#trouble:not([hidden])');
      expect(await second.page.innerText('#trouble')).toMatch(/takes no calls[\s\S]+Try again/);
    } finally {
      const [first] = browser.contexts().slice(-2);
      await other.stop();
      const [page] = first.pages();
      await page.waitForSelector('#trouble:not([hidden])');
      expect(await page.innerText('#trouble')).toMatch(/being restarted/);
    }
  });
});
