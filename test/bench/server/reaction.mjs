// From the moment a sound leaves the caller's mouth to the moment its echo can be heard at the caller, through everything of a call but the
// model: Opus, WebSocket, framing, the engine's queue, marking, Opus, WebSocket. What is left beyond the frame and the model's time is ours.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { quantile } from '../clips.mjs';
import { dialPatiently, PACKET_MS, PACKET_SAMPLES, sleep } from './caller.mjs';

const { OggStreamReader, OggStreamWriter } = await import('../../../packages/audio/dist/ogg/index.js');
const opus = await import('../../../reference-server/node_modules/libopus-wasm/dist/index.js');

const FRAME_MS = 80;
const RATE_KHZ = 24;
const BURST_MS = 60;
const HZ = 440;
const LEVEL = 0.5;
/** The sound has begun where it reaches half its level. */
const BEGUN = LEVEL / 2;
const LEAD_MS = 1500;
/** A timer comes up to this late; what is left is waited for by turns. */
const TIMER_MS = 2;

/** Where a tone that begins at sample 0 reaches the level at which it counts as begun, samples. */
const RISE = Math.asin(BEGUN / LEVEL) / ((2 * Math.PI * HZ) / (RATE_KHZ * 1000));

/** Encodes as upstream's clients do: Opus in its form for speech, one packet of 40 ms a page. `lookaheadMs` is the caller's own share. */
async function upstreamCaller() {
  const codec = await opus.createEncoder({
    ...{ application: opus.Application.Voip, signal: opus.Signal.Voice, frameSize: PACKET_SAMPLES },
    ...{ sampleRate: 24000, channels: 1, bitrate: 32000, complexity: 5 },
  });
  const ogg = new OggStreamWriter({ serial: 42, preSkip: 3840, inputRate: 48000, vendor: 'caller' });
  let headers = ogg.headers();
  return {
    lookaheadMs: codec.getLookahead() / RATE_KHZ,
    pages(samples) {
      const pages = headers;
      headers = [];
      for (let at = 0; at < samples.length; at += PACKET_SAMPLES)
        pages.push(ogg.packet(codec.encodeFloat(samples.subarray(at, at + PACKET_SAMPLES)), PACKET_SAMPLES * 2));
      return pages;
    },
    close: () => codec.free(),
  };
}

/** @param packets how many packets of 40 ms a message holds @returns ms, or null when the echo was not heard */
async function trial(chat, caller, packets) {
  const ogg = new OggStreamReader();
  const decoder = await opus.createDecoder({ sampleRate: 24000, channels: 1 });
  let echoMs = null;
  const socket = await dialPatiently(chat, (data, atMs) => {
    if (data[0] !== 1 || echoMs !== null) return;
    for (const packet of ogg.push(data.subarray(1))) {
      const samples = decoder.decodeFloat(packet);
      const at = samples.findIndex((v) => Math.abs(v) >= BEGUN);
      // A packet that has just come can be played from now on: its sample `at` is heard that much later.
      if (at >= 0) echoMs = atMs + at / RATE_KHZ;
    }
  });
  const startMs = performance.now();
  const onsetMs = startMs + LEAD_MS + Math.random() * FRAME_MS;
  const chunkMs = PACKET_MS * packets;
  for (let sent = 0; sent * chunkMs < LEAD_MS + 1000; sent++) {
    const chunk = Float32Array.from({ length: PACKET_SAMPLES * packets }, (_, i) => {
      const ms = startMs + sent * chunkMs + i / RATE_KHZ - onsetMs;
      return ms >= 0 && ms < BURST_MS ? LEVEL * Math.sin(2 * Math.PI * HZ * (ms / 1000)) : 0;
    });
    await until(startMs + (sent + 1) * chunkMs);
    socket.send(Buffer.concat([Uint8Array.of(1), ...caller.pages(chunk)]));
  }
  socket.terminate();
  decoder.free();
  return echoMs === null ? null : echoMs - onsetMs - RISE / RATE_KHZ;
}

/** Waits for a time of `performance.now()` more exactly than a timer. */
async function until(ms) {
  await sleep(Math.max(0, ms - performance.now() - TIMER_MS));
  while (performance.now() < ms) await new Promise(setImmediate);
}

/** @param model what the model takes for a frame, ms, which is not ours; or provider and folder of a real one, whose time counts @param options of the server */
export async function reaction(model, trials, options, progress) {
  const modelMs = typeof model === 'number' ? model : 0;
  const child = fork(fileURLToPath(new URL('echo-server.mjs', import.meta.url)), [
    JSON.stringify(options),
    ...[model].flat().map(String),
  ]);
  const { url } = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const result = { model, callersCodecMs: null };
  for (const [name, packets] of [
    ['40 ms messages (web client)', 1],
    ['80 ms messages (Python client)', 2],
  ]) {
    const heard = [];
    for (let i = 0; i < trials; i++) {
      progress(`reaction, ${name}: ${i + 1} of ${trials}`);
      const caller = await upstreamCaller();
      result.callersCodecMs = caller.lookaheadMs;
      heard.push(await trial(`${url.replace('http', 'ws')}/api/chat`, caller, packets));
      caller.close();
    }
    const found = heard.filter((ms) => ms !== null);
    const beyond = found.map((ms) => ms - FRAME_MS - modelMs);
    const ours = beyond.map((ms) => ms - result.callersCodecMs);
    const spread = (list) => ({ median: quantile(list, 0.5), p90: quantile(list, 0.9), worst: Math.max(...list) });
    result[name] = { trials, missed: trials - found.length, beyondFrameMs: spread(beyond), oursMs: spread(ours) };
  }
  child.disconnect();
  return result;
}
