// What the detector says of sound without a mark, and of sound with another session's mark, under the records of sessions that never spoke it.
import { inParallel } from './parallel.mjs';

/** Scores of the chip search are counted from here up, in steps. */
export const SCORE_FROM = 3;
export const SCORE_STEP = 0.1;

/** How often the best score of the chip search rises over each level: alarms per hour, counted once until it falls again. */
function alarmRates(rises, hours) {
  return rises.map((n, i) => ({ score: SCORE_FROM + i * SCORE_STEP, perHour: n / hours })).filter(({ perHour }) => perHour > 0);
}

/**
 * The score that unmarked sound would reach once a day: the exponential tail through the scores that were reached in ten alarms and in the
 * fewest. Extrapolated unless the sound lasted several days.
 */
function onceADay(rates, hours) {
  const tail = rates.filter(({ perHour }) => perHour * hours <= 300 && perHour * hours >= 3);
  if (tail.length < 2) return null;
  const n = tail.length;
  const mean = (f) => tail.reduce((a, t) => a + f(t), 0) / n;
  const [mx, my] = [mean((t) => t.score), mean((t) => Math.log(t.perHour))];
  const slope = mean((t) => (t.score - mx) * (Math.log(t.perHour) - my)) / mean((t) => (t.score - mx) ** 2);
  return mx + (Math.log(1 / 24) - my) / slope;
}

/** @param voices names in the folder; @param material what loadClips needs */
export async function falseAlarms(voices, material) {
  const kinds = {};
  let rises = [];
  let hours = 0;
  const tasks = ['unmarked', 'marked'].flatMap((kind) => voices.map((voice) => ({ kind, voice })));
  await inParallel(new URL('./false-alarms-worker.mjs', import.meta.url), tasks, material, ({ kind, voice }, result) => {
    const name = kind === 'marked' ? 'another session’s mark' : voice;
    kinds[name] ??= { hours: 0, alignmentsSuspected: 0, wrongClaims: 0, wrongVerdicts: 0 };
    const row = kinds[name];
    row.hours += result.seconds / 3600;
    for (const key of ['alignmentsSuspected', 'wrongClaims', 'wrongVerdicts']) row[key] += result[key];
    if (kind === 'marked') return;
    hours += result.seconds / 3600;
    result.rises.forEach((n, i) => {
      rises[i] = (rises[i] ?? 0) + n;
    });
  });
  const sum = (key) => Object.values(kinds).reduce((a, k) => a + k[key], 0);
  rises = Array.from(rises, (n) => n ?? 0);
  const rates = alarmRates(rises, hours);
  return {
    hours: sum('hours'),
    unmarkedHours: hours,
    wrongClaims: sum('wrongClaims'),
    wrongVerdicts: sum('wrongVerdicts'),
    alignmentsSuspected: sum('alignmentsSuspected'),
    chipSearchOnceADay: onceADay(rates, hours),
    chipSearchAlarmsPerHour: rates,
    kinds,
  };
}
