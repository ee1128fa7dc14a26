// From the moment a caller begins to speak to the moment the agent's sound stops arriving at the caller, wall clock.
import { quantile } from '../clips.mjs';
import { callerVoice, dialPatiently, PACKET_MS, PACKET_SAMPLES, sleep } from './caller.mjs';

const { OggStreamReader } = await import('../../../packages/audio/dist/ogg/index.js');
const { createDecoder } = await import('../../../reference-server/node_modules/libopus-wasm/dist/index.js');
const { OpusOut } = await import('../../../reference-server/dist/media/opus-out.js');

const LOUD = 0.01;
/** Silent packets in a row that make an end. */
const SILENT = 8;

/** Where the last loud sample of a packet ends, ms; 0 for none. */
const loudMs = (samples) => (samples.findLastIndex((v) => Math.abs(v) > LOUD) + 1) / 24;
const level = (samples) => Math.sqrt(samples.reduce((a, v) => a + v * v, 0) / samples.length);

/** One call: the caller breaks into the greeting. `packets` is how many packets of 40 ms a message holds. */
async function trial(url, voice, packets) {
  const ogg = new OggStreamReader();
  const decoder = await createDecoder({ sampleRate: 24000, channels: 1 });
  const opusOut = await OpusOut.open({ bitrate: 32000, complexity: 5 });
  const heard = [];
  let bargedMs = null;
  let over = false;
  const socket = await dialPatiently(`${url}?metadata=1`, (data, atMs) => {
    if (over) return;
    if (data[0] === 1)
      for (const packet of ogg.push(data.subarray(1))) {
        const samples = decoder.decodeFloat(packet);
        heard.push({ atMs, level: level(samples), loudMs: loudMs(samples) });
      }
    if (data[0] === 4 && JSON.parse(data.subarray(1)).type === 'barge-in') bargedMs = performance.now();
  });
  const startMs = performance.now();
  // Somewhere within the greeting, at any place of the frame grid.
  const onsetMs = startMs + 1500 + Math.random() * 1500;
  let sent = 0;
  const chunkMs = PACKET_MS * packets;
  const timer = setInterval(() => {
    // What a chunk holds was spoken before it is sent: it ends now.
    for (; startMs + (sent + 1) * chunkMs <= performance.now(); sent++) {
      const chunk = new Float32Array(PACKET_SAMPLES * packets);
      for (let i = 0; i < chunk.length; i++) {
        const atMs = startMs + sent * chunkMs + i / 24;
        if (atMs >= onsetMs) chunk[i] = voice[Math.min(voice.length - 1, Math.floor((atMs - onsetMs) * 24))];
      }
      const pages = [];
      for (let i = 0; i < packets; i++) pages.push(opusOut.push(chunk.subarray(i * PACKET_SAMPLES, (i + 1) * PACKET_SAMPLES)));
      socket.send(Buffer.concat([Uint8Array.of(1), ...pages]));
    }
  }, 5);
  await sleep(onsetMs - startMs + 1500);
  clearInterval(timer);
  over = true;
  socket.close();
  decoder.free();
  opusOut.close();
  const speaking = heard.some((h) => h.atMs > onsetMs - 200 && h.atMs < onsetMs && h.level > LOUD);
  if (!speaking || bargedMs === null) return { speaking, stopMs: null };
  const from = heard.findIndex((h, i) => h.atMs > onsetMs && heard.slice(i, i + SILENT).every((x) => x.level < LOUD));
  if (from < 0) return { speaking, stopMs: null };
  // Played as it comes: the last packet before the silence may hold sound in its first milliseconds only.
  const lastLoud = heard.slice(0, from + 1).findLast((h) => h.loudMs > 0);
  const endMs = lastLoud.atMs + lastLoud.loudMs - onsetMs;
  return { speaking, stopMs: heard[from].atMs - onsetMs, endMs, decideMs: bargedMs - onsetMs };
}

export async function bargeIn(url, trials, progress) {
  const voice = await callerVoice();
  const result = {};
  for (const [name, packets] of [
    ['40 ms messages (web client)', 1],
    ['80 ms messages (Python client)', 2],
  ]) {
    const done = [];
    for (let i = 0; i < trials; i++) {
      progress(`barge-in, ${name}: ${i + 1} of ${trials}`);
      done.push(await trial(url, voice, packets));
    }
    const spoken = done.filter((t) => t.speaking);
    const stopped = spoken.filter((t) => t.stopMs !== null);
    const summary = (values) => ({ median: quantile(values, 0.5), p90: quantile(values, 0.9), worst: Math.max(...values) });
    result[name] = {
      trials,
      agentWasSpeaking: spoken.length,
      missed: spoken.length - stopped.length,
      // The first silent packet comes; the last loud sample would be heard; the agent decides; and from there to that sample.
      stopMs: summary(stopped.map((t) => t.stopMs)),
      endMs: summary(stopped.map((t) => t.endMs)),
      decidedMs: summary(stopped.map((t) => t.decideMs)),
      ownShareMs: summary(stopped.map((t) => t.endMs - t.decideMs)),
    };
  }
  return result;
}
