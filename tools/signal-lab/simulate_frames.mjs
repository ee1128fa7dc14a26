// Lays frames over what record_ratios.mjs kept: useful bits per voiced second of every row, for any rule by which the encoder ends a frame.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, namesIn, refuse } from '../../scripts/command-line.mjs';

const packages = new URL('../../packages/', import.meta.url);
const { codewordPart, decodeCodeword, encodeCodeword, FRAMES_PER_PART, LANE_BITS_PER_PART } = await import(
  new URL('signal/dist/index.js', packages)
);
const { bitInformation, bitsToBytes, bytesToBits, decodeFrame, encodeFrame, FrameType, MAX_FRAME_PARTS, MIN_FRAME_PARTS } =
  await import(new URL('token/dist/index.js', packages));
const { informationFor } = await import(new URL('detector/dist/lane-reader.js', packages));

/** As packages/encoder/src/lanes.ts and packages/detector/src/lane-reader.ts have it. */
const UNHEARD_FRAMES = 6;
const ENOUGH_FIRST = 126;
const NEEDED = { expected: 64, unknown: 72 };
const EXPECTED_NUMBERS = 2;
const LOCATOR = Uint8Array.of(1, 2, 3, 4, 5, 6);
const BODY_BITS = 48;
const LANES = ['open', 'sealed'];

const USAGE = `node tools/signal-lab/simulate_frames.mjs RATIOS_DIR RULE…      (after npm run build)
RULE is THRESHOLDS[@SCALE][:LIST]: thresholds of the self-check in bits, one a turn, over and over (72, or 60,110); open and sealed lane may
differ (60/110). SCALE multiplies the ratios before their information is taken (1), as a harsher channel would. LIST is the decoder's (16).`;
const [folder, ...rules] = commandLine(USAGE, {}, [2, Number.POSITIVE_INFINITY]).operands;
/** All clips one after the other, as one session. */
const clips = namesIn(folder)
  .filter((n) => n.endsWith('.json'))
  .map((n) => JSON.parse(readFileSync(join(folder, n), 'utf8')));
const joined = (of) => clips.flatMap(of);
const own = joined((c) => c.own);
const rows = new Map(Object.keys(clips[0].rows).map((row) => [row, joined((c) => c.rows[row])]));
const sum = (values) => values.reduce((a, v) => a + v, 0);
const information = (values, scale = 1) => sum(values.map((v) => (v === 0 ? 0 : bitInformation(scale * v))));

function parseRule(text) {
  const [, thresholds, scale, list] = text.match(/^([\d.,/]+)(?:@([\d.]+))?(?::(\d+))?$/) ?? refuse(`${text} is no rule`);
  const turns = thresholds.split('/').map((t) => t.split(',').map(Number));
  return { turns: { open: turns[0], sealed: turns.at(-1) }, scale: Number(scale ?? 1), list: Number(list ?? 16) };
}

/** Frames of one lane, [first part, parts], as the encoder would end them. */
function frames(own, lane, { turns, scale }) {
  const at = 2 * LANES.indexOf(lane);
  const perFrame = Array.from({ length: own.length / 4 }, (_, f) => information(own.slice(4 * f + at, 4 * f + at + 2), scale));
  const parts = Math.floor(perFrame.length / FRAMES_PER_PART);
  const out = [];
  for (let first = 0, turn = 0; ; turn++) {
    const enough =
      lane === 'open' && turn === 0
        ? ENOUGH_FIRST * (information([2], scale) / information([2]))
        : turns[lane][turn % turns[lane].length];
    let lasted = MIN_FRAME_PARTS;
    const heard = () => sum(perFrame.slice(first * FRAMES_PER_PART, (first + lasted) * FRAMES_PER_PART - UNHEARD_FRAMES));
    while (lasted < MAX_FRAME_PARTS && heard() < enough) lasted++;
    if (first + lasted > parts) return out;
    out.push([first, lasted]);
    first += lasted;
  }
}

let seed = 1;
const byte = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed >>> 24;
};

/** Whether a frame that lasted so many parts is read. */
function read(ratios, lane, [first, lasted], expected, list) {
  const frame = { type: FrameType.CARD, ctr: byte() & 31, body: Uint8Array.from({ length: 6 }, byte) };
  const bits = bytesToBits(encodeFrame(frame, lane, LOCATOR));
  const coded = encodeCodeword(bits);
  const at = 2 * LANES.indexOf(lane);
  const llr = new Float32Array(coded.length);
  for (let part = 0; part < lasted; part++) {
    const [to, signs] = [codewordPart(llr, part), codewordPart(coded, part)];
    for (let i = 0; i < LANE_BITS_PER_PART; i++) {
      const agrees = ratios[4 * ((first + part) * FRAMES_PER_PART + (i >> 1)) + at + (i & 1)];
      to[i] += signs[i] ? agrees : -agrees;
    }
  }
  const needed = expected ? NEEDED.expected : NEEDED.unknown;
  if (informationFor(llr) < needed || informationFor(llr, coded) < needed) return false;
  const known = expected ? bits.slice(0, 8) : undefined;
  for (const candidate of decodeCodeword(llr, known, list)) {
    const bytes = bitsToBytes(candidate.bits);
    if (decodeFrame(bytes, lane, LOCATOR)) return candidate.bits.every((b, i) => b === bits[i]);
  }
  return false;
}

/** Useful bits per voiced second. */
function simulate(ratios, rule) {
  let found = 0;
  for (const lane of LANES) {
    let lost = 0;
    for (const frame of frames(own, lane, rule)) {
      const tries = lost < EXPECTED_NUMBERS ? [true, false] : [false];
      const ok = tries.some((expected) => read(ratios, lane, frame, expected, rule.list));
      if (ok) found++;
      lost = ok ? 0 : lost + 1;
    }
  }
  return (found * BODY_BITS) / voiced;
}

const voiced = sum(clips.map((c) => c.voiced));
const SCALES = [0.5, 0.7, 0.85, 1, 1.2, 1.5];
const parsed = rules.map(parseRule);
console.log(`${clips.length} clips, ${voiced.toFixed(0)} voiced s; bits per voiced second`);
console.log(`| row | information | best scale | ${rules.join(' | ')} |`);
for (const [row, ratios] of rows) {
  const held = SCALES.map((scale) => information(ratios, scale) / voiced);
  const figures = [held[SCALES.indexOf(1)], Math.max(...held), ...parsed.map((rule) => simulate(ratios, rule))];
  console.log(`| ${[row, ...figures.map((v) => v.toFixed(1))].join(' | ')} |`);
}
