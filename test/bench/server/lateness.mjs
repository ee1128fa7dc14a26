// How late packets come at the client.
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
