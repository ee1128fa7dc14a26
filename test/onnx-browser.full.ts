/** The detector with onnxruntime-web in a real browser, bundled as an integrator would, beside the one with our own kernel. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publicJwk, serializeSessionRecord } from '@undertone/token';
import { build as bundle } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../reference-server/test/page/chromium.ts';
import { issuer, markCall, RATE, speech, telephone } from './call.ts';

const found = findChromium();
if ('missing' in found)
  console.error(`THE TEST OF THE DETECTOR WITH ONNXRUNTIME-WEB DOES NOT RUN IN A BROWSER: ${found.missing}`);

const DETECTOR = fileURLToPath(new URL('../packages/detector/', import.meta.url));
const RUNTIME = dirname(createRequire(join(DETECTOR, 'package.json')).resolve('onnxruntime-web'));

/** What the page runs: both detectors on one call. */
const PAGE = `
import * as ort from 'onnxruntime-web';
import { createDetector } from './src/index.ts';
import { createDetector as createOnnxDetector } from './src/onnx/index.ts';
import { parseSessionRecord, parseTrust } from '@undertone/token';
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = '/runtime/';
window.hear = async ({ sound, trust, record }) => {
  const heard = Float32Array.from(sound);
  const options = { sampleRate: 8000, trust: parseTrust(trust), records: [parseSessionRecord(record)] };
  const result = {};
  for (const [name, make] of [['own', () => createDetector(options)], ['onnx', () => createOnnxDetector({ ...options, engine: ort })]]) {
    const detector = await make();
    const events = [];
    for (let at = 0; at < heard.length; at += 8000) events.push(...(await detector.push(heard.subarray(at, at + 8000))));
    const { spans } = await detector.report();
    result[name] = { events: events.map(({ type, seconds }) => type + ' ' + seconds), spans: spans.map(({ state, content }) => state + ' ' + content) };
  }
  return result;
};`;

describe.runIf('path' in found)('in Chromium', () => {
  let server: Server;
  let browser: Browser;
  beforeAll(async () => {
    const { outputFiles } = await bundle({
      stdin: { contents: PAGE, resolveDir: DETECTOR, loader: 'ts' },
      bundle: true,
      format: 'esm',
      conditions: ['onnxruntime-web-use-extern-wasm'],
      write: false,
    });
    server = createServer(({ url = '/' }, response) => {
      const file = /^\/runtime\/([\w.-]+)$/.exec(url)?.[1];
      const type = url === '/' ? 'text/html' : url.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
      response.setHeader('content-type', type);
      if (url === '/') response.end('<!doctype html><title>detector</title><script type="module" src="/page.js"></script>');
      else response.end(file ? readFileSync(join(RUNTIME, file)) : outputFiles[0].contents);
    }).listen(0, '127.0.0.1');
    browser = await chromium.launch({ executablePath: (found as { path: string }).path, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('hears the same as the detector without it', async () => {
    const call = markCall((await speech('it-m')).subarray(0, 20 * RATE));
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('window.hear !== undefined');
    const input = {
      sound: [...telephone(call.samples)],
      trust: publicJwk(issuer),
      record: serializeSessionRecord(call.sessionRecord),
    };
    const { own, onnx } = await page.evaluate((given) => (window as unknown as Hearing).hear(given), input);
    expect(errors).toEqual([]);
    expect(own.spans).toEqual(['attested full']);
    expect(onnx).toEqual(own);
  });
});

interface Hearing {
  hear(input: object): Promise<Record<'own' | 'onnx', { events: string[]; spans: string[] }>>;
}
