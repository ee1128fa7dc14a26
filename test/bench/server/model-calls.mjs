// How many calls one server carries with the full-duplex model behind it: Opus in, the model, marking, Opus out, every call with a window
// that fills as it speaks. In a process of its own, the callers in this one.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { busyShares, watchProcessors } from './busy.mjs';
import { conversation, dial, sleep, talk } from './caller.mjs';
import { histogram, lateness } from './lateness.mjs';
import { metricsOf } from './process.mjs';

/**
 * @param model provider and folder, or `tiny` @param counts calls at a time; those that are refused are counted and left out
 * @param times seconds that calls last before it counts, and that are measured; a window is full after 80 ms for each of its frames
 * @param context frames in a window; undefined for the model's own @param options of the server
 */
export async function modelCalls([provider, directory], counts, times, context, options, progress) {
  const messages = await conversation();
  const program = fileURLToPath(new URL('model-server.mjs', import.meta.url));
  const child = fork(program, [provider, directory, JSON.stringify(options), ...(context === undefined ? [] : [context])]);
  child.once('exit', (code) => {
    if (code) throw new Error(`the server ended with ${code}`);
  });
  const [{ url, model }] = await once(child, 'message');
  const steps = [];
  for (const calls of counts) {
    progress(`${calls} calls`);
    steps.push({ calls, ...(await measure(child, url, calls, times, messages)) });
  }
  child.disconnect();
  const { places, mostCalls, runMs } = model;
  return { places, mostCalls, runMs, steps };
}

async function measure(child, url, calls, { warm, seconds }, messages) {
  const ask = async () => {
    child.send({});
    return (await once(child, 'message'))[0];
  };
  const { sockets, arrivals, refused } = await join(`${url.replace('http', 'ws')}/api/chat`, calls, messages);
  await sleep(warm * 1000);
  for (const times of arrivals) times.length = 0;
  await ask();
  const before = await metricsOf(url);
  const processors = await watchProcessors(child.pid);
  await sleep(seconds * 1000);
  const after = await metricsOf(url);
  const threadProcessors = await processors();
  const { eventLoopLagMs, model } = await ask();
  const open = sockets.filter((socket) => socket.readyState === socket.OPEN).length;
  for (const socket of sockets) socket.terminate();
  await sleep(1000);
  const diff = (name) => after[name] - before[name];
  const { laterThan80, ...atClientMs } = lateness(arrivals);
  const packets = arrivals.reduce((sum, times) => sum + times.length, 0);
  const cpuSeconds = diff('process_cpu_seconds_total');
  return {
    refused,
    open,
    warm,
    seconds,
    atClientMs,
    atClientShareLaterThan80: laterThan80 / packets,
    atServer: histogram('undertone_packet_lateness_seconds', before, after),
    markAndEncode: histogram('undertone_packet_seconds', before, after),
    eventLoopLagMs,
    threadsBusy: busyShares(before, after, seconds),
    threadProcessors,
    cpuSecondsPerCallSecond: cpuSeconds / seconds / open,
    cpuSeconds,
    engineLate: diff('undertone_engine_late_frames_total'),
    unmarked: diff('undertone_frames_total{mark="unmarked"}'),
    // Of the last 4096 frames, and of all since the start.
    model: { p50Ms: model.p50Ms, p99Ms: model.p99Ms, late: model.late, frames: model.frames, refused: model.refused },
  };
}

/** Opens calls one after the other. `refused` gathers why some were not taken. */
async function join(chat, calls, messages) {
  const arrivals = [];
  const sockets = [];
  const refused = [];
  for (let i = 0; i < calls; i++) {
    const times = [];
    try {
      const socket = await dial(chat, (data, atMs) => data[0] === 1 && times.push(atMs));
      talk(socket, messages);
      arrivals.push(times);
      sockets.push(socket);
    } catch (error) {
      refused.push(error.message);
    }
    await sleep(Math.random() * 100);
  }
  return { sockets, arrivals, refused };
}
