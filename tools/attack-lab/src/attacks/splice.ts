/** Editing a recording: what was cut out, put in, replaced or put elsewhere must be found, and found where it is. */
import { type ChannelReport, detect } from '@undertone/detector';
import { type Attack, outcomeOf, type Trial } from '../attack.ts';
import { type MarkedCall, SLOT_SECONDS } from '../call.ts';
import { CODECS } from '../codecs.ts';
import { deleted, inserted, piece, replaced, swapped } from '../edits.ts';
import type { Lab } from '../lab.ts';
import { asLoudAs, exactBits, layBits } from '../lift.ts';
import { codesOf } from '../listen.ts';
import { randomOf } from '../random.ts';
import { pictureOfReport } from '../report/draw.ts';
import { quantile } from '../statistics.ts';

const SLOTS = 11;
const FRAME = 0.08;
/** Lengths of the edited piece, seconds. */
const LENGTHS: Readonly<Record<string, number>> = {
  frames: 3 * FRAME,
  'a word': 0.5,
  words: 1.2,
  slots: SLOT_SECONDS,
  'two slots': 2 * SLOT_SECONDS,
};
/** Edits from this length on must be found: half a slot. */
const MUST_SECONDS = 1.28;
/** Codes that say that something was done to the sound. */
const TOLD = ['gap', 'out-of-order', 'unmarked-speech', 'digest-mismatch', 'content-undecided', 'edited'];

interface Material {
  readonly call: MarkedCall;
  /** Marked by another session of the same operator and voice. */
  readonly other: MarkedCall;
  /** All of the call's bits, laid on other words. */
  readonly lifted: Float32Array;
}

/** An edit. It gives the sound and the edges where it was touched. */
type Edit = (m: Material, from: number, seconds: number) => { sound: Float32Array; edges: number[] };

const EDITS: Readonly<Record<string, Edit>> = {
  'cut out': ({ call }, from, seconds) => ({ sound: deleted(call.samples, from, seconds), edges: [from] }),
  repeated: ({ call }, from, seconds) => ({
    sound: inserted(call.samples, from, piece(call.samples, from - seconds, seconds).slice()),
    edges: [from],
  }),
  'unmarked words put in': ({ call, other }, from, seconds) => ({
    sound: inserted(call.samples, from, piece(other.plain, from, seconds)),
    edges: [from, from + seconds],
  }),
  'unmarked words instead': ({ call, other }, from, seconds) => ({
    sound: replaced(call.samples, from, piece(other.plain, from, seconds)),
    edges: [from, from + seconds],
  }),
  'marked words of elsewhere instead': ({ call }, from, seconds) => ({
    sound: replaced(call.samples, from, piece(call.samples, (from + 11.3) % 18, seconds).slice()),
    edges: [from, from + seconds],
  }),
  'words of another session instead': ({ call, other }, from, seconds) => ({
    sound: replaced(call.samples, from, piece(other.samples, from, seconds)),
    edges: [from, from + seconds],
  }),
  'words with the right bits instead': ({ call, lifted }, from, seconds) => ({
    sound: replaced(call.samples, from, piece(lifted, from, seconds)),
    edges: [from, from + seconds],
  }),
  'put in another order': ({ call }, from, seconds) => ({
    sound: swapped(call.samples, from, from + seconds + 1, seconds),
    // The stretch in which the order is another, as a whole.
    edges: [from, from + 2 * seconds + 1],
  }),
};

/** Every time at which the report says that something changed. */
function toldTimes(report: ChannelReport): number[] {
  const findings = [...report.findings, ...report.spans.flatMap((span) => span.findings)].filter(({ code }) =>
    TOLD.includes(code),
  );
  const spans = report.spans.filter(({ state }) => state === 'conflict');
  return [...findings, ...spans].flatMap(({ startSeconds, endSeconds }) =>
    [startSeconds, endSeconds].filter((t): t is number => t !== undefined),
  );
}

const EDIT_NAMES = Object.keys(EDITS);
const LENGTH_NAMES = Object.keys(LENGTHS);
const FORMS = EDIT_NAMES.flatMap((edit) => LENGTH_NAMES.map((length) => ({ edit, length })));

async function attempt(unit: number, lab: Lab): Promise<Trial> {
  const { edit, length } = FORMS[unit % FORMS.length];
  const round = Math.floor(unit / FORMS.length);
  const random = randomOf(unit + 31);
  const voice = (unit + round) % lab.voices.length;
  const codec = CODECS[round % CODECS.length];
  const begin = Math.floor(random() * 4);
  const call = lab.call(voice, begin, SLOTS);
  const other = lab.call(voice, begin + 13, SLOTS);
  const seconds = LENGTHS[length];
  const from = 8 + random() * 6;
  const needsBits = edit === 'words with the right bits instead';
  const lifted = needsBits ? layBits(asLoudAs(other.plain, call.plain), exactBits(call)) : call.samples;
  const { sound, edges } = EDITS[edit]({ call, other, lifted }, from, seconds);
  const heard = await codec.through(sound);
  const report = detect(heard, { sampleRate: codec.rate, trust: lab.trust, records: [call.sessionRecord] });
  const times = toldTimes(report);
  // Each edge is placed by the nearest time told; where it is further away than a slot it was not found.
  const errors = edges.map((edge) => Math.min(Infinity, ...times.map((t) => Math.abs(t - edge))));
  const placed = Math.max(...errors);
  const found = Math.min(...errors) <= SLOT_SECONDS;
  // The whole of it attested, and not a word about the edit.
  const silent = times.length === 0 && report.state === 'attested' && seconds >= MUST_SECONDS;
  return {
    variant: `${edit}, ${length}, ${codec.name}`,
    observed: found
      ? `${codesOf(report)
          .filter((c) => TOLD.includes(c))
          .join(', ')}, placed within ${placed.toFixed(2)} s`
      : `not found (${report.state})`,
    outcome: outcomeOf(silent, seconds < MUST_SECONDS || (found && placed <= SLOT_SECONDS)),
    figures: { seconds, found: found ? 1 : 0, placedSeconds: found ? placed : Infinity },
    picture: pictureOfReport(
      heard,
      codec.rate,
      report,
      edges.length === 1
        ? [{ fromSeconds: edges[0], toSeconds: edges[0], what: edit }]
        : [{ fromSeconds: edges[0], toSeconds: edges[1], what: edit }],
    ),
  };
}

export const splice: Attack = {
  id: 'splice',
  title: 'Edit a recording: cut, insert, replace, reorder',
  threats: ['splice, reorder, cut', 'mix or insert unmarked speech'],
  how: 'A marked recording is edited at a random place, frames, words or slots at a time, and shown to an auditor with its true session record. Replacements are unmarked, marked elsewhere, marked by another session, or carry the very bits of the place.',
  expected: `from ${MUST_SECONDS} s on every edit is reported, and each of its edges is placed within a slot (${SLOT_SECONDS} s)`,
  remains: 'shorter edits are often found, not always',
  units: (size, tries) => tries ?? { quick: 1, normal: 2 * FORMS.length, full: 10 * FORMS.length }[size],
  run: async (unit, lab) => [await attempt(unit, lab)],
  summary: (trials) =>
    [...new Set(trials.map((t) => t.figures!.seconds))]
      .sort((a, b) => a - b)
      .map((seconds) => {
        const these = trials.map((t) => t.figures!).filter((f) => f.seconds === seconds);
        const placed = these.filter((f) => f.found).map((f) => f.placedSeconds);
        const share = Math.round((100 * placed.length) / these.length);
        return `${seconds.toFixed(2)} s: ${share} % found, placed within ${quantile(placed, 0.5).toFixed(2)} (median), ${quantile(placed, 0.9).toFixed(2)} (p90), ${Math.max(...placed).toFixed(2)} s (most)`;
      })
      .join('; '),
};
