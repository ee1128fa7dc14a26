/** A call whose card is renewed: what the page gives to take along verifies the whole of it, without the server. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hex, parseSessionRecord, type SessionRecord } from '@undertone/token';
import { describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';
import { CLI, openPage, pageInBrowser, stateIs } from './support.ts';

const found = findChromium();
if ('missing' in found) console.error(`THE TEST OF A RENEWED CALL IN THE PAGE DOES NOT RUN: ${found.missing}`);

describe.runIf('path' in found)('the page in Chromium', () => {
  const made = pageInBrowser((found as { path: string }).path, () => new Float32Array(24000), '--card-seconds', '60');

  it('gives the records of all cards of a call', async () => {
    const { server, browser } = made;
    const { page, errors } = await openPage(browser, server.url, { acceptDownloads: true });
    await page.check('input[value=sample]');
    await page.click('#call');
    await stateIs(page, ['live'], 90);
    // The card is renewed 20 s before its end.
    await page.waitForTimeout(75_000);
    await page.click('#hang-up');
    for (const name of ['received', 'session', 'issuer']) {
      await page.waitForSelector(`#save-${name}:enabled`, { timeout: 60_000 });
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(`#save-${name}`)]);
      await download.saveAs(join(server.folder, download.suggestedFilename()));
    }
    const file = readFileSync(join(server.folder, 'undertone-call.wav.session.json'), 'utf8');
    const records: SessionRecord[] = JSON.parse(file).map(parseSessionRecord);
    expect(records.length).toBeGreaterThanOrEqual(2);
    for (const [n, { card, claims }] of records.slice(1).entries()) {
      expect(claims.previousCard).toBe(hex(records[n].card.cardHash));
      expect(hex(records[n].renewal!.nextCardHash)).toBe(hex(card.cardHash));
    }
    const args = ['verify', 'undertone-call.wav', '--trust', 'issuer.pub.json', '--json'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: server.folder, encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
    const { spans } = JSON.parse(stdout).channels[0] as { spans: { state: string; sessionId: string }[] };
    const attested = spans.filter(({ state }) => state === 'attested').map(({ sessionId }) => sessionId);
    for (const { card } of records.slice(0, 2)) expect(attested).toContain(hex(card.locator));
    expect(errors).toEqual([]);
  }, 400_000);
});
