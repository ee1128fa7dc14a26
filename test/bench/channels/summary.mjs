// From the results of single clips to the figures of a row, and which bars they meet.
import { quantile } from '../clips.mjs';

const sum = (results, key) => results.reduce((a, r) => a + (r[key] ?? 0), 0);

/** Figures of one row in one mode. */
export function summarise(results) {
  const good = results.filter((r) => !r.failed);
  if (good.length === 0) return { clips: 0, failed: results[0]?.failed };
  const voiced = sum(good, 'voicedSeconds');
  const locators = good.flatMap((r) => r.locator.map((v) => v ?? Number.POSITIVE_INFINITY));
  const presence = good.flatMap((r) => r.presence.map((v) => v ?? Number.POSITIVE_INFINITY));
  return {
    clips: good.length,
    voicedSeconds: voiced,
    bitsPerVoicedSecond: sum(good, 'bits') / voiced,
    frameSuccess: sum(good, 'framesAccepted') / sum(good, 'framesSent'),
    framesWrong: sum(good, 'framesWrong'),
    codedBitErrors: sum(good, 'codedErrors') / sum(good, 'codedHeard'),
    codedBitsHeard: sum(good, 'codedHeard') / sum(good, 'codedSent'),
    informationPerCodedBit: Math.max(0, sum(good, 'information') / sum(good, 'codedSent')),
    informationPerVoicedSecond: Math.max(0, sum(good, 'information') / voiced),
    locatorsFound: locators.filter(Number.isFinite).length / locators.length,
    locatorVoicedSeconds: { median: quantile(locators, 0.5), p90: quantile(locators, 0.9) },
    presenceVoicedSeconds: { median: quantile(presence, 0.5), p90: quantile(presence, 0.9) },
    ...(good[0].agents ? { agentsFound: sum(good, 'agentsFound') / sum(good, 'agents') } : {}),
  };
}

/** Useful bits per voiced second that a group of rows must reach, and should. */
export const BIT_BARS = [
  ['clean', 'clean, µ-law, MP3 32k, G.722', 16, 30],
  ['opus-24k', 'Opus 24k VOIP', 14, 28],
  ['middle', 'Opus 16k, reverb 0.4 s, noise 20 dB, 5 % loss', 11, 24],
  ['low', 'Opus 12k, GSM-FR, AMR-NB 12.2, noise 10 dB, talker −6 dB', 9, 20],
  ['lowest', 'Speex 8k, AMR-NB 4.75, Opus → µ-law → MP3', 5, 14],
];
/** Voiced seconds until the mark is known to be there, at one false alarm a day. */
export const PRESENCE_BARS = [
  ['mulaw-8k', 'µ-law', 2, 1],
  ['opus-24k', 'Opus 24k', 4, 1.5],
  ['gsm-fr', 'GSM-FR', 11, 4],
];

/** Rows in which an offline search has to find the locator. */
const STRETCHED = ['speed+2', 'speed-2', 'speed+5', 'speed-5', 'tempo-0.95', 'tempo-1.05'];

const verdict = (value, must, goFor, better) =>
  better(value, goFor) ? 'met, and the goal' : better(value, must) ? 'met' : 'missed';

/** @param rows [{ name, bar, frame: summary }] @returns lines { what, must, goFor, value, verdict } */
export function bars(rows) {
  const lines = [];
  const more = (a, b) => a >= b;
  const less = (a, b) => a <= b;
  for (const [bar, what, must, goFor] of BIT_BARS)
    for (const { title, frame } of rows.filter((r) => r.bar === bar && r.frame?.clips))
      lines.push({
        what: `${what}: ${title}`,
        unit: 'bit/s',
        must,
        goFor,
        value: frame.bitsPerVoicedSecond,
        verdict: verdict(frame.bitsPerVoicedSecond, must, goFor, more),
      });
  for (const [name, what, must, goFor] of PRESENCE_BARS) {
    const value = rows.find((r) => r.name === name)?.frame?.presenceVoicedSeconds?.median;
    if (value !== undefined)
      lines.push({ what: `mark present, ${what}`, unit: 's', must, goFor, value, verdict: verdict(value, must, goFor, less) });
  }
  for (const { title, frame } of rows.filter((r) => STRETCHED.includes(r.name) && r.frame?.clips))
    lines.push({
      what: `${title}: locators found`,
      unit: 'share',
      must: 1,
      goFor: 1,
      value: frame.locatorsFound,
      verdict: frame.locatorsFound === 1 ? 'met' : 'missed',
    });
  const agents = rows.find((r) => r.name === 'two-agents')?.frame?.agentsFound;
  if (agents !== undefined)
    lines.push({
      what: 'two marked agents in one mix: locators found',
      unit: 'share',
      must: 1,
      goFor: 1,
      value: agents,
      verdict: agents === 1 ? 'met' : 'missed',
    });
  return lines;
}

/** Quality bars, the mean over all clips. */
export function qualityBars(quality) {
  if (!quality) return [];
  return [
    ['PESQ-WB', quality.pesq, 4.4],
    ['ViSQOL', quality.visqol, 4.48],
  ].flatMap(([what, value, must]) =>
    Number.isFinite(value) ? [{ what, unit: '', must, goFor: must, value, verdict: value >= must ? 'met' : 'missed' }] : [],
  );
}
