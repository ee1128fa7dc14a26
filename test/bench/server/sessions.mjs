// How many calls a machine carries: marked, Opus both ways, self-check on; no packet later than 80 ms.
import { conversation, dialPatiently, PACKET_MS, sleep, talk } from './caller.mjs';
import { lateness } from './lateness.mjs';
import { startServer } from './process.mjs';

/** By then every phrase of the engine was said once. */
const WARM_MS = 25_000;
/** Callers do not dial in step: they come over the length of a slot, at whose end every call signs. */
const ARRIVAL_MS = 2560;

/** Opens calls on servers, waits until all talk, measures for a while. */
async function measure(servers, calls, seconds, messages) {
  const arrivals = [];
  const sockets = [];
  for (let i = 0; i < calls; i++) {
    const times = [];
    arrivals.push(times);
    const socket = await dialPatiently(servers[i % servers.length].chat, (data, atMs) => data[0] === 1 && times.push(atMs));
    talk(socket, messages);
    sockets.push(socket);
    await sleep((2 * Math.random() * ARRIVAL_MS) / calls);
  }
  // The phrases are synthesised and code is compiled: that belongs to a start, not to a load.
  await sleep(WARM_MS);
  for (const times of arrivals) times.length = 0;
  const before = await Promise.all(servers.map((s) => s.metrics()));
  const cpu = process.cpuUsage();
  await sleep(seconds * 1000);
  const own = process.cpuUsage(cpu);
  const after = await Promise.all(servers.map((s) => s.metrics()));
  const memory = await Promise.all(servers.map((s) => s.residentMb()));
  for (const socket of sockets) socket.terminate();
  await sleep(2000);
  const diff = (name) => after.reduce((a, m, i) => a + m[name] - before[i][name], 0);
  const bucket = (le) => diff(`undertone_packet_lateness_seconds_bucket{le="${le}"}`);
  const sent = diff('undertone_packet_lateness_seconds_count');
  const { p99, worst, laterThan80 } = lateness(arrivals);
  return {
    calls,
    seconds,
    cpuSeconds: diff('process_cpu_seconds_total'),
    clientsCpuSeconds: (own.user + own.system) / 1e6,
    packets: sent,
    expected: (calls * seconds * 1000) / PACKET_MS,
    laterThan80Ms: sent - bucket('0.08'),
    laterThan40Ms: sent - bucket('0.04'),
    atClientMs: { p99, worst, laterThan80 },
    // Over the server's whole life, its start included.
    eventLoopLagMs: { p99: Math.max(...after.map((m) => m.nodejs_eventloop_lag_p99_seconds)) * 1000 },
    engineLate: diff('undertone_engine_late_frames_total'),
    unmarked: diff('undertone_frames_total{mark="unmarked"}'),
    residentMb: memory,
  };
}

/** @param processes how many servers share the calls @param cpus processors for them, null for any @param options of each */
export async function sessions({ counts, seconds, processes, callers, cpus, options }, progress) {
  const messages = await conversation();
  const steps = [];
  for (const calls of counts) {
    progress(`${calls} calls on ${processes} server${processes > 1 ? 's' : ''}`);
    const servers = [];
    for (let i = 0; i < processes; i++)
      servers.push(await startServer({ ...options, maxCalls: 1000, callers, logLevel: 'error' }, cpus));
    const idleMb = await Promise.all(servers.map((s) => s.residentMb()));
    const step = await measure(servers, calls, seconds, messages).catch((error) => ({ calls, refused: error.message }));
    for (const server of servers) await server.stop();
    if (step.refused) {
      steps.push(step);
      break;
    }
    const used = step.residentMb.reduce((a, m) => a + m, 0) - idleMb.reduce((a, m) => a + m, 0);
    steps.push({ ...step, idleMb, mbPerCall: used / calls, errors: servers.flatMap((s) => s.errors) });
    if (step.laterThan80Ms > step.packets * 0.02) break;
  }
  return { processes, callers, steps };
}
