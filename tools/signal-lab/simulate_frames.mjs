// Lays frames over what record_ratios.mjs kept: useful bits per voiced second of every row, for any rule by which the encoder ends a frame.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, namesIn, refuse } from '../../scripts/command-line.mjs';

const packages = new URL('../../packages/', import.meta.url);
const { codewordPart, decodeCodeword, encodeCodeword, FRAMES_PER_PART, LANE_BITS_PER_PART } = await import(
  new URL('signal/dist/index.js', packages)
);
const { bitInformation, bitsToBytes, bytesToBits, decodeFrame, encodeFrame, FRAME_SHAPES, FrameType } = await import(
  new URL('token/dist/index.js', packages)
);
const { LONG_LIST, mostInformation, NEEDED } = await import(new URL('detector/dist/lane-reader.js', packages));

/** As packages/encoder/src/lanes.ts and packages/detector/src/lane-reader.ts have it. */
const UNHEARD_FRAMES = 6;
const ENOUGH_FIRST = 126;
const EXPECTED_NUMBERS = 2;
const LOCATOR = Uint8Array.of(1, 2, 3, 4, 5, 6);
const LANES = ['open', 'sealed'];

const USAGE = `node tools/signal-lab/simulate_frames.mjs RATIOS_DIR RULE…      (after npm run build)
RULE is KIND THRESHOLDS[@SCALE][:LIST]. KIND is s for single frames, d for double ones. THRESHOLDS of the self-check are in bits, one a turn, over and
over (d145, or s60,110); open and sealed lane may differ (d130/160). SCALE multiplies the ratios before their information is taken (1), as a harsher channel would. LIST is the decoder's (as the receiver's).`;
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
  const [, kind, thresholds, scale, list] =
    text.match(/^([sd])([\d.,/]+)(?:@([\d.]+))?(?::(\d+))?$/) ?? refuse(`${text} is no rule`);
  const turns = thresholds.split('/').map((t) => t.split(',').map(Number));
  return {
    kind: kind === 's' ? 'single' : 'double',
    turns: { open: turns[0], sealed: turns.at(-1) },
    scale: Number(scale ?? 1),
    list: list && Number(list),
  };
}

/** Frames of one lane, as the encoder would end them. */
function frames(own, lane, { kind, turns, scale }) {
  const at = 2 * LANES.indexOf(lane);
  const perFrame = Array.from({ length: own.length / 4 }, (_, f) => information(own.slice(4 * f + at, 4 * f + at + 2), scale));
  const parts = Math.floor(perFrame.length / FRAMES_PER_PART);
  const out = [];
  for (let first = 0, turn = 0; ; turn++) {
    const isLocator = lane === 'open' && turn === 0;
    const enough = isLocator
      ? ENOUGH_FIRST * (information([2], scale) / information([2]))
      : turns[lane][turn % turns[lane].length];
    const of = isLocator ? 'single' : kind;
    const { minParts, maxParts } = FRAME_SHAPES[of];
    let lasted = minParts;
    const heard = () => sum(perFrame.slice(first * FRAMES_PER_PART, (first + lasted) * FRAMES_PER_PART - UNHEARD_FRAMES));
    while (lasted < maxParts && heard() < enough) lasted++;
    if (first + lasted > parts) return out;
    out.push({ kind: of, first, lasted });
    first += lasted;
  }
}

let seed = 1;
const byte = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed >>> 24;
};

/** Whether a frame is read. */
function read(ratios, lane, { kind, first, lasted }, expected, list) {
  const { bodyBytes } = FRAME_SHAPES[kind];
  const type = kind === 'single' ? FrameType.AUTH : FrameType.CARD;
  const frame = { type, ctr: byte() & 31, body: Uint8Array.from({ length: bodyBytes }, byte) };
  const bits = bytesToBits(encodeFrame(frame, 'sealed', LOCATOR));
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
  const needed = expected ? NEEDED[kind].expected : NEEDED[kind].any;
  const known = expected ? bits.slice(0, 8) : undefined;
  const maxMetric = (mostInformation(llr) - needed) * Math.LN2;
  const listSize = list ?? (expected && kind === 'double' ? LONG_LIST : undefined);
  for (const candidate of decodeCodeword(llr, { known, listSize, maxMetric })) {
    const bytes = bitsToBytes(candidate.bits);
    if (decodeFrame(bytes, 'sealed', LOCATOR)) return candidate.bits.every((b, i) => b === bits[i]);
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
      if (ok) found += FRAME_SHAPES[frame.kind].bodyBytes * 8;
      lost = ok ? 0 : lost + 1;
    }
  }
  return found / voiced;
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
