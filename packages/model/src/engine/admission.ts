/**
 * Admission: how long a frame could wait if there were one more call, by what was measured at the start. A frame that comes just after
 * a run began waits for that run, for what is done between runs, and for its own run. No call has two frames in that time, so the two
 * runs together hold every call once.
 */

import type { EngineParts } from './engine.ts';
import type { FrameRunner, RunMs } from './frame-runner.ts';
import { Sampler } from './sampling.ts';

/** Milliseconds, every window full. */
export interface Costs {
  /** A run by its size. */
  readonly runs: ReadonlyMap<number, RunMs>;
  /** Preparing a call's next step. */
  readonly prepare: number;
  /** What may come once between two runs: a part of a prompt, and a place emptied of what has left its window. */
  readonly between: number;
}

/** Milliseconds that the slowest frame of `calls` may take in runs of a size. */
export function slowestFrame({ runs, prepare, between }: Costs, size: number, calls: number): number {
  const { idle, full } = runs.get(size)!;
  return 2 * idle + ((full - idle) * calls) / size + calls * prepare + between;
}

const DRAWS = 50;
/** Times that each cost is measured, after one that is not counted: the median is kept. */
export const MEASURED = 3;

/** Measures on the device that the calls will use; call before any place is taken. */
export function measureCosts({ config, model, prefill, runtime }: EngineParts, runner: FrameRunner): Costs {
  const runs = runner.measure(config);
  const sampler = new Sampler({});
  const draw = (): void => {
    for (let i = 0; i < DRAWS; i++) sampler.prepare(0, model.inputs.host);
  };
  const prepare = medianMs(draw) / DRAWS;
  const slide = medianMs(() => {
    model.cache.clear(0);
    model.cache.advance(0, model.cache.capacity);
    model.cache.makeRoom(0);
    runtime.device.synchronize();
  });
  model.cache.clear(0);
  return { runs, prepare, between: slide + prefill.measure() };
}

/** What work usually takes. */
export function medianMs(work: () => void): number {
  const times = Array.from({ length: 1 + MEASURED }, () => milliseconds(work));
  return times.slice(1).sort((a, b) => a - b)[MEASURED >> 1];
}

export function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
