// How late packets come at the client, and leave at the server.
import { quantile } from '../clips.mjs';
import { PACKET_MS } from './caller.mjs';

const LATE_MS = 80;

/**
 * How far behind the earliest packet of its own call each packet came, ms.
 * @param arrivals times of every call's packets, ms
 */
export function lateness(arrivals) {
  const late = arrivals.flatMap((times) => {
    const due = times.map((t, i) => t - i * PACKET_MS);
    const first = Math.min(...due);
    return due.map((d) => d - first);
  });
  const laterThan80 = late.filter((ms) => ms > LATE_MS).length;
  return { p50: quantile(late, 0.5), p99: quantile(late, 0.99), worst: Math.max(...late), laterThan80 };
}

/** What a histogram of the server's metrics, in seconds, took in between two readings: count, mean in ms, and shares above each of its bounds. */
export function histogram(name, before, after) {
  const diff = (what) => after[what] - before[what];
  const count = diff(`${name}_count`);
  const bounds = Object.keys(after).flatMap((key) => (key.startsWith(`${name}_bucket`) ? [/le="([\d.]+)"/.exec(key)?.[1]] : []));
  const above = bounds.filter(Boolean).map((le) => [`${Number(le) * 1000} ms`, 1 - diff(`${name}_bucket{le="${le}"}`) / count]);
  return { count, meanMs: (diff(`${name}_sum`) / count) * 1000, shareAbove: Object.fromEntries(above) };
}
