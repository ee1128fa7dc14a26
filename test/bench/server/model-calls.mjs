// How many calls one server carries with the full-duplex model behind it: Opus in, the model, marking, Opus out, every call with a window
// that fills as it speaks. In a process of its own, the callers in this one.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { conversation, dialPatiently, sleep, talk } from './caller.mjs';
import { lateness } from './lateness.mjs';
import { metricsOf } from './process.mjs';

const WARM_MS = 5000;

/** @param model provider and folder, or `tiny` @param counts calls at a time; those that are refused are counted and left out */
export async function modelCalls([provider, directory], counts, seconds, progress) {
  const messages = await conversation();
  const child = fork(fileURLToPath(new URL('model-server.mjs', import.meta.url)), [provider, directory]);
  const { url, places, mostCalls } = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const chat = `${url.replace('http', 'ws')}/api/chat`;
  const steps = [];
  for (const calls of counts) {
    progress(`${calls} calls`);
    steps.push({ calls, ...(await measure(url, chat, calls, seconds, messages)) });
  }
  child.disconnect();
  return { places, mostCalls, steps };
}

async function measure(url, chat, calls, seconds, messages) {
  const arrivals = [];
  const sockets = [];
  let refused = 0;
  for (let i = 0; i < calls; i++) {
    const times = [];
    try {
      const socket = await dialPatiently(chat, (data, atMs) => data[0] === 1 && times.push(atMs), 0);
      talk(socket, messages);
      arrivals.push(times);
      sockets.push(socket);
    } catch {
      refused++;
    }
    await sleep(Math.random() * 100);
  }
  await sleep(WARM_MS);
  for (const times of arrivals) times.length = 0;
  const before = await metricsOf(url);
  await sleep(seconds * 1000);
  const after = await metricsOf(url);
  const open = sockets.filter((socket) => socket.readyState === socket.OPEN).length;
  for (const socket of sockets) socket.terminate();
  await sleep(1000);
  const diff = (name) => after[name] - before[name];
  const sent = diff('undertone_packet_lateness_seconds_count');
  const { laterThan80, ...atClientMs } = lateness(arrivals);
  return {
    refused,
    open,
    seconds,
    packets: sent,
    laterThan80Ms: sent - diff('undertone_packet_lateness_seconds_bucket{le="0.08"}'),
    atClientMs,
    atClientLaterThan80: laterThan80,
    engineLate: diff('undertone_engine_late_frames_total'),
    unmarked: diff('undertone_frames_total{mark="unmarked"}'),
    cpuSeconds: diff('process_cpu_seconds_total'),
  };
}
