// How a row of the matrix is written down: what it is called, where it comes from, what it needs, and the way through it at 16 kHz.
import { opusRoundTrip } from '../../../packages/audio/dist/index.js';
import { CORE_RATE, findStretch, toCoreRate, undoStretch } from '../../../packages/signal/dist/index.js';
import { RATE } from '../clips.mjs';
import { ffmpegFilter, throughFfmpeg } from './programs.mjs';
import { timed } from './timing.mjs';

/** Every row, in the order of the page. */
export const all = [];

/**
 * @param group which table of the page
 * Rows with `search` are heard as the offline search for speed and tempo leaves them.
 * @param through (sound at 16 kHz, { source: chance, others: other clips of the run, seed }) → a sound, or one with its rate and times
 */
export function row(group, name, title, through, { needs = [], rate = RATE, bar, agents = false, search = false } = {}) {
  const run = async (x, context) => {
    const heard = await through(x, context);
    const sound = heard.samples ? heard : timed(heard, rate);
    return search ? searched(sound) : sound;
  };
  all.push({ group, name, title, needs, bar, agents, run });
}

/** A sound as the offline search for speed and tempo makes it; as it is where that finds nothing. */
function searched({ samples, rate, sentAt }) {
  const core = toCoreRate(rate).process(samples);
  const stretch = findStretch(core);
  if (stretch === null) return { samples, rate, sentAt };
  return { samples: undoStretch(core, stretch), rate: CORE_RATE, sentAt: (t) => sentAt(t / stretch.factor) };
}

/** A codec of ffmpeg: [encoder, arguments, container]. */
export const ffmpegRow = (group, name, title, [feature, options, container], more = {}) =>
  row(group, name, title, (x) => throughFfmpeg(x, RATE, feature, options, container, more.rate ?? RATE), {
    needs: [`ffmpeg:${feature}`],
    ...more,
  });

/** Another tempo at the same pitch, by Rubber Band. */
export const tempoRow = (group, name, tempo, more = {}) =>
  row(
    group,
    name,
    `tempo × ${tempo}, pitch kept (Rubber Band)${more.search ? ', searched for' : ''}`,
    async (x) => timed(await ffmpegFilter(x, RATE, 'rubberband', `rubberband=tempo=${tempo}`), RATE, (t) => t * tempo),
    { needs: ['ffmpeg:rubberband'], ...more },
  );

/** Opus for speech. */
export const opus =
  (bitrate, more = {}) =>
  (x, { seed } = {}) =>
    opusRoundTrip(x, RATE, { bitrate, seed, ...more });
