// The page in Chromium: how large it is, how long from the click to the first proof, and how fast the loudspeaker stops for the caller.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startServer } from './process.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? null;
/** Loudness under which nobody hears anything, and how long it must last to count as the end, ms. */
const QUIET = 0.004;
const QUIET_MS = 120;

/** kB as they go over the wire: brotli where there is any. */
function sizes() {
  const folder = here('../../../reference-server/dist/page');
  const names = readdirSync(folder).filter((name) => !/\.(br|json|txt)$/.test(name));
  const kB = (name) => statSync(join(folder, existsSync(join(folder, `${name}.br`)) ? `${name}.br` : name)).size / 1000;
  const sum = (pick) => names.filter(pick).reduce((total, name) => total + kB(name), 0);
  const lazy = /^transplant/;
  const speech = /\.opus$/;
  return {
    page: sum((name) => !lazy.test(name) && !speech.test(name)),
    speech: sum((name) => speech.test(name)),
    onFirstTransplant: sum((name) => lazy.test(name)),
    files: Object.fromEntries(names.map((name) => [name, kB(name)])),
  };
}

/** Runs in the page before it: listens to what goes to the loudspeaker. */
function tapLoudspeaker() {
  const { connect } = AudioNode.prototype;
  const taps = [];
  AudioNode.prototype.connect = function (target, ...rest) {
    if (this instanceof AudioWorkletNode && target === this.context.destination) {
      const tap = new AnalyserNode(this.context, { fftSize: 256 });
      taps.push(tap);
      connect.call(this, tap);
    }
    return connect.call(this, target, ...rest);
  };
  window.loudness = () => {
    const samples = new Float32Array(256);
    return Math.max(
      0,
      ...taps.map((tap) => {
        tap.getFloatTimeDomainData(samples);
        return Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length);
      }),
    );
  };
}

/** In the page: the caller speaks while the agent does. @returns ms until the loudspeaker is quiet; null when it was not in time */
async function speakIntoIt({ quiet, quietMs }) {
  const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let loud = 0; loud < 40; loud = window.loudness() > quiet ? loud + 1 : 0) await rest(10);
  document.getElementById('speak').click();
  const began = performance.now();
  let lastLoud = began;
  while (performance.now() - lastLoud < quietMs) {
    if (window.loudness() > quiet) lastLoud = performance.now();
    if (lastLoud - began > 3000) return null;
    await rest(4);
  }
  return lastLoud - began;
}

async function call(browser, url) {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(tapLoudspeaker);
  await page.goto(url);
  await page.check('input[value=sample]');
  const began = performance.now();
  const since = () => performance.now() - began;
  await page.click('#call');
  await page.waitForSelector('body[data-phase=talking]');
  const connectedMs = since();
  await page.waitForFunction((quiet) => window.loudness() > quiet, QUIET, { polling: 10 });
  const heardMs = since();
  await page.waitForFunction(() => document.getElementById('state').dataset.state === 'live', null, {
    polling: 20,
    timeout: 120_000,
  });
  const liveMs = since();
  const stopMs = await page.evaluate(speakIntoIt, { quiet: QUIET, quietMs: QUIET_MS });
  await page.context().close();
  return { connectedMs, heardMs, liveMs, stopMs };
}

/** @param trials calls, one after the other */
export async function page(trials, progress) {
  if (!existsSync(CHROMIUM)) throw new Error(`no Chromium at ${CHROMIUM}; set CHROMIUM`);
  const server = await startServer({ logLevel: 'error', maxLateMs: 60000 });
  const url = `${server.http}/`;
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  });
  const calls = [];
  try {
    for (let n = 0; n < trials; n++) {
      progress(`page: call ${n + 1} of ${trials}`);
      calls.push(await call(browser, url));
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  const all = (name) => calls.map((one) => one[name]).filter((ms) => ms !== null);
  const summary = (name) => ({ median: median(all(name)), most: Math.max(...all(name)), of: all(name).length });
  const version = spawnSync(CHROMIUM, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return {
    chromium: version,
    kB: sizes(),
    fromClickMs: { connected: summary('connectedMs'), heard: summary('heardMs'), live: summary('liveMs') },
    loudspeakerStopsMs: summary('stopMs'),
  };
}
