import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Costs, slowestFrame } from '../src/engine/admission.ts';

/** Frames of calls at fixed times of their own, answered as the engine does it: all that wait, then what is done between runs. */
function longestWait(costs: Costs, size: number, phases: readonly number[]): number {
  const { idle, full } = costs.runs.get(size)!;
  const frames = phases.flatMap((phase) => Array.from({ length: 40 }, (_, t) => phase + 80 * t)).sort((a, b) => a - b);
  let now = 0;
  let longest = 0;
  for (let next = 0; next < frames.length; ) {
    now = Math.max(now, frames[next]);
    const from = next;
    while (next < frames.length && frames[next] <= now) next++;
    const count = next - from;
    now += idle + ((full - idle) * count) / size;
    longest = Math.max(longest, now - frames[from]);
    now += count * costs.prepare + costs.between;
  }
  return longest;
}

const costs = (idle: number, full: number, prepare: number, between: number, size = 64): Costs => ({
  runs: new Map([[size, { idle, full }]]),
  prepare,
  between,
});

test('no frame waits longer than admission says, whenever the calls’ frames come', () => {
  const phase = fc.double({ min: 0, max: 80, noNaN: true, noDefaultInfinity: true });
  const ms = (most: number) => fc.double({ min: 0, max: most, noNaN: true, noDefaultInfinity: true });
  let tried = 0;
  fc.assert(
    fc.property(
      fc.array(phase, { minLength: 2, maxLength: 64 }),
      ms(25),
      ms(40),
      ms(0.2),
      ms(8),
      (phases, idle, more, prepare, between) => {
        const given = costs(idle, idle + more, prepare, between);
        const said = slowestFrame(given, 64, phases.length);
        // Beyond a frame's time nothing is promised: such a call is refused.
        if (said > 80) return;
        tried++;
        expect(longestWait(given, 64, phases)).toBeLessThanOrEqual(said + 1e-6);
      },
    ),
    { numRuns: 500 },
  );
  expect(tried).toBeGreaterThan(200);
});

test('frames that all come at once, and one just after them, take what admission says', () => {
  const given = costs(20, 40, 0.1, 8, 40);
  const said = slowestFrame(given, 40, 40);
  expect(said).toBeCloseTo(72);
  // The last one waits for a run of the others and for its own.
  expect(longestWait(given, 40, [...new Array(39).fill(0), 1e-9])).toBeCloseTo(said - 0.1);
});

test('one more call never takes less', () => {
  const given = costs(20, 40, 0.1, 8, 40);
  for (let calls = 1; calls < 40; calls++)
    expect(slowestFrame(given, 40, calls + 1)).toBeGreaterThan(slowestFrame(given, 40, calls));
});
