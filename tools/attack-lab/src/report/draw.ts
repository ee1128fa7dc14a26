/** From what a verifier said to a picture of it. */
import type { ChannelReport } from '@undertone/detector';
import { changes, type Heard } from '../listen.ts';
import type { Band, Picture } from './picture.ts';

const COLUMNS = 240;

/** Loudness by column, 0 … 1 for the loudest. */
export function levelsOf(samples: Float32Array): number[] {
  const step = Math.max(1, Math.floor(samples.length / COLUMNS));
  const levels = Array.from({ length: COLUMNS }, (_, c) => {
    let most = 0;
    for (let i = c * step; i < Math.min(samples.length, (c + 1) * step); i++) most = Math.max(most, Math.abs(samples[i]));
    return most;
  });
  const loudest = Math.max(1e-6, ...levels);
  return levels.map((v) => Math.round((v / loudest) * 100) / 100);
}

/** The states of a live verifier over time. */
export function pictureOf(samples: Float32Array, rate: number, heard: Heard, done: Picture['done']): Picture {
  const seconds = samples.length / rate;
  const shown: Band[] = [];
  let [state, from] = ['absent', 0];
  for (const change of [...changes(heard), null]) {
    const to = Math.min(seconds, change?.seconds ?? seconds);
    if (to > from) shown.push({ fromSeconds: from, toSeconds: to, state });
    if (change) [state, from] = [change.state, to];
  }
  return { seconds, levels: levelsOf(samples), done, shown };
}

/** The spans of a report over a recording, and what it found. */
export function pictureOfReport(samples: Float32Array, rate: number, report: ChannelReport, done: Picture['done']): Picture {
  return {
    seconds: samples.length / rate,
    levels: levelsOf(samples),
    done,
    shown: report.spans.map(({ startSeconds, endSeconds, state }) => ({
      fromSeconds: startSeconds,
      toSeconds: endSeconds,
      state,
    })),
  };
}
