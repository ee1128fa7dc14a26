// Callers that cost little, so that many fit beside the server that they measure: what they say was encoded beforehand.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { decodeAudio } from '../../../packages/audio/dist/index.js';
import { resample } from '../../../packages/audio/dist/pcm/index.js';

const { WebSocket } = createRequire(new URL('../../../reference-server/package.json', import.meta.url))('ws');
const { OpusOut } = await import('../../../reference-server/dist/media/opus-out.js');

export { WebSocket };

export const PACKET_MS = 40;
export const PACKET_SAMPLES = 960;

/** A recorded voice at 24 kHz; it begins to speak with its first sample. */
export async function callerVoice() {
  const { channels, sampleRate } = await decodeAudio(await readFile(new URL('../../fixtures/ru-f.flac', import.meta.url)));
  const samples = resample(channels[0], sampleRate, 24000);
  const from = samples.findIndex((v) => Math.abs(v) > 0.05);
  return samples.slice(from);
}

/** Samples as audio messages of 40 ms; the first has the stream's headers. */
export async function encodeMessages(samples) {
  const opus = await OpusOut.open({ bitrate: 32000, complexity: 5 });
  const messages = [];
  for (let at = 0; at + PACKET_SAMPLES <= samples.length; at += PACKET_SAMPLES)
    messages.push(Buffer.concat([Uint8Array.of(1), opus.push(samples.subarray(at, at + PACKET_SAMPLES))]));
  opus.close();
  return messages;
}

/** Alternates 3 s of voice and 5 s of silence, two minutes in all. */
export async function conversation() {
  const voice = await callerVoice();
  const second = 24000;
  const samples = new Float32Array(120 * second);
  for (
    let at = 5 * second, from = 0;
    at + 3 * second <= samples.length;
    at += 8 * second, from = (from + 3 * second) % (voice.length - 3 * second)
  )
    samples.set(voice.subarray(from, from + 3 * second), at);
  return encodeMessages(samples);
}

/** Opens a call. @param onMessage gets every binary message and its time */
export function dial(url, onMessage = () => {}, options = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    let why = '';
    socket.once('error', reject);
    socket.on('message', (data) => {
      if (data[0] === 0) resolve(socket);
      if (data[0] === 5) why = `: ${data.toString('utf8', 1)}`;
      onMessage(data, performance.now());
    });
    socket.once('close', (code) => reject(new Error(`closed with ${code}${why}`)));
  });
}

/** A server that is late takes no further call; it is asked again for this long. */
const PATIENCE_MS = 30_000;

/** Opens a call as {@link dial} does, also at a server that is still busy with its start. */
export async function dialPatiently(url, onMessage, patienceMs = PATIENCE_MS) {
  for (const until = performance.now() + patienceMs; ; await sleep(1000)) {
    try {
      return await dial(url, onMessage);
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}

/** Sends messages in real time, over and over. The headers are sent once. @returns a function that stops */
export function talk(socket, messages) {
  const startMs = performance.now();
  let n = 0;
  const timer = setInterval(() => {
    for (; n * PACKET_MS <= performance.now() - startMs; n++) {
      const i = n < messages.length ? n : 1 + ((n - 1) % (messages.length - 1));
      if (socket.readyState === WebSocket.OPEN) socket.send(messages[i]);
    }
  }, 20);
  socket.once('close', () => clearInterval(timer));
  return () => clearInterval(timer);
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
