import { describe, expect, it } from 'vitest';
import { JitterBuffer } from '../../page/src/sound/jitter-buffer.ts';

const RATE = 48000;
const PACKET = (RATE * 40) / 1000;
const QUANTUM = 128;

/** Plays packets that come at given times, ms. @returns what was played */
function play(buffer: JitterBuffer, arrivals: readonly number[], ms: number, sample = (_: number) => 0.5): Float32Array {
  const out = new Float32Array(Math.floor((ms * RATE) / 1000 / QUANTUM) * QUANTUM);
  let next = 0;
  for (let at = 0; at < out.length; at += QUANTUM) {
    for (; next < arrivals.length && arrivals[next] <= (at / RATE) * 1000; next++)
      buffer.push(new Float32Array(PACKET).fill(sample(next)));
    buffer.pull(out.subarray(at, at + QUANTUM));
  }
  return out;
}
const steady = (ms: number): number[] => Array.from({ length: ms / 40 }, (_, n) => n * 40);
const gaps = (out: Float32Array): number => out.reduce((n, v, i) => n + (i > 0 && v === 0 && out[i - 1] !== 0 ? 1 : 0), 0);

describe('sound that waits to be played', () => {
  it('begins within a tenth of a second and goes on without a gap when packets come in time', () => {
    const out = play(new JitterBuffer(RATE), steady(4000), 3900);
    expect(out.findIndex((v) => v !== 0) / RATE).toBeLessThan(0.1);
    expect(gaps(out)).toBe(0);
  });
  it('makes its reserve longer after an underrun, until late packets make none', () => {
    const buffer = new JitterBuffer(RATE);
    // Every tenth packet comes 130 ms late, and what follows it with it.
    const late = steady(20_000).map((ms, n) => (n % 10 === 9 ? ms + 130 : ms));
    for (let n = 1; n < late.length; n++) late[n] = Math.max(late[n], late[n - 1]);
    const out = play(buffer, late, 19_900);
    expect(buffer.targetMs).toBeGreaterThan(70);
    expect(gaps(out.subarray(out.length / 2))).toBe(0);
  });
  it('makes the reserve shorter again in calm', () => {
    const buffer = new JitterBuffer(RATE);
    play(buffer, [0, 40, 400, 440], 600);
    const after = buffer.targetMs;
    play(buffer, steady(40_000), 39_000);
    expect(buffer.targetMs).toBeLessThan(after);
  });
  it('forgets what waits when the agent gives way, with a short fade and no click', () => {
    const buffer = new JitterBuffer(RATE);
    play(buffer, [0, 0, 0, 0], 40);
    buffer.flush();
    const out = new Float32Array(QUANTUM * 4);
    buffer.pull(out);
    expect(buffer.waitingMs).toBe(0);
    expect(out.subarray(QUANTUM * 2).every((v) => v === 0)).toBe(true);
  });
  it('catches up in pauses, and never lets sound pile up', () => {
    const buffer = new JitterBuffer(RATE);
    play(
      buffer,
      Array.from({ length: 100 }, () => 0),
      10,
    );
    expect(buffer.waitingMs).toBeLessThan(470);
    play(buffer, steady(2000), 1990, () => 0);
    expect(buffer.waitingMs).toBeLessThan(buffer.targetMs + 110);
  });
});
