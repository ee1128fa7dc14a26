// What a receiver reads of a marked clip that came through a channel, measured against what was sent.
import { createDetector } from '../../../packages/detector/dist/index.js';
import { LaneReader } from '../../../packages/detector/dist/lane-reader.js';
import {
  BITS_PER_FRAME,
  HopAnalyzer,
  levelDb,
  makeChips,
  Receiver,
  SLOT_MS,
  TILES_PER_SLOT,
  toCoreRate,
} from '../../../packages/signal/dist/index.js';
import { bytesToBits, hex } from '../../../packages/token/dist/index.js';
import { RATE, trust, voicedFrames } from '../clips.mjs';
import { presenceSeconds } from './presence.mjs';

const SLOT = SLOT_MS / 1000;
const FRAMES = 32;
const BANDS = 8;
const LANES = ['open', 'sealed'];
const chips = makeChips();

/** For every model frame and coded bit: speech carries it, that is, more than two of its cells are marked. */
export function carriedBits(unmarked) {
  const rows = [];
  let hop = 0;
  new HopAnalyzer().push(toCoreRate(RATE).process(unmarked), (power) => {
    if (hop++ % 4 === 0) rows.push(new Float32Array(BANDS));
    for (let b = 0; b < BANDS; b++) rows.at(-1)[b] += power[b];
  });
  let top = -Infinity;
  const cells = [];
  rows.forEach((row, tile) => {
    const db = row.map(levelDb);
    top = Math.max(top - 0.02, ...db);
    for (let b = 0; b < BANDS; b++) {
      const at = Math.floor(tile / 4) * BITS_PER_FRAME + chips.bit[(tile % TILES_PER_SLOT) * BANDS + b];
      cells[at] = (cells[at] ?? 0) + (db[b] > Math.max(top - 45, -55) + 6 ? 1 : 0);
    }
  });
  return cells.map((n) => n > 2);
}

/** Slots of all tracks with the slot of the session that each is, by the times sent. */
export function heardSlots({ samples, rate, sentAt }) {
  const slots = [];
  const receiver = new Receiver([0]);
  receiver.push(toCoreRate(rate).process(samples), (s) => slots.push(s));
  receiver.finish((s) => slots.push(s));
  return slots.flatMap((slot) => {
    const sent = sentAt(slot.startSeconds + SLOT / 2) / SLOT - 0.5;
    const number = Math.round(sent);
    return Math.abs(sent - number) < 0.16 && number >= 0 ? [{ ...slot, number }] : [];
  });
}

/** Of several tracks the one that says more, slot by slot: ratios by the session's slot. */
export function bestSlots(slots) {
  const best = new Map();
  const strength = (llr) => llr.reduce((a, l) => a + Math.abs(l), 0);
  for (const s of slots) if (!best.has(s.number) || strength(best.get(s.number)) < strength(s.llr)) best.set(s.number, s.llr);
  return best;
}

/** Coded bits that speech carried: heard share, errors among the heard, and information of all; those not heard say nothing. */
function codedBits(call, slots, carried) {
  const best = bestSlots(slots);
  let [sent, heard, errors, information] = [0, 0, 0, 0];
  call.coded.forEach((four, frame) => {
    const llr = best.get(Math.floor(frame / FRAMES));
    for (let b = 0; b < BITS_PER_FRAME; b++) {
      if (!four || !carried[frame * BITS_PER_FRAME + b]) continue;
      sent++;
      const l = (llr?.[(frame % FRAMES) * BITS_PER_FRAME + b] ?? 0) * four[b];
      if (l === 0) continue;
      heard++;
      if (l < 0) errors++;
      information += 1 - Math.log2(1 + Math.exp(-l));
    }
  });
  return { codedSent: sent, codedHeard: heard, codedErrors: errors, information };
}

const laneOf = (llr, first) => Float32Array.from({ length: 64 }, (_, i) => llr[Math.floor(i / 2) * 4 + first + (i % 2)]);

/** Frames read in both lanes by a receiver that knows the session and holds the disclosed keys. */
function acceptedFrames(call, slots, present) {
  const { session } = call;
  const found = new Set();
  let wrong = 0;
  for (const track of new Set(slots.map((s) => s.track))) {
    const own = slots.filter((s) => s.track === track);
    const number = new Map(own.map((s) => [s.index, s.number]));
    for (const [l, lane] of LANES.entries()) {
      const reader = new LaneReader(lane, session.card.locator);
      for (const { index, number: slot, llr } of own) {
        const ratios = laneOf(llr, 2 * l);
        if (lane === 'sealed') {
          if (slot + 1 > session.slots) continue;
          const mask = bytesToBits(session.sealMask(slot + 1));
          for (let i = 0; i < ratios.length; i++) if (mask[i]) ratios[i] = -ratios[i];
        }
        for (const { frame, firstPart } of reader.push(index, ratios)) {
          const part = 2 * (number.get(Math.floor(firstPart / 2)) ?? Number.NaN) + (firstPart & 1);
          // A frame longer than its codeword repeats it, and is read again.
          const is = call.frames.findLastIndex(
            (f) =>
              f.lane === lane &&
              f.firstPart <= part + 1 &&
              f.frame.type === frame.type &&
              f.frame.ctr === frame.ctr &&
              hex(f.frame.body) === hex(frame.body),
          );
          if (is >= 0) found.add(is);
          else wrong++;
        }
      }
    }
  }
  const sent = call.frames.filter((f, i) => found.has(i) || (f.whole && present((f.firstPart / 2 + 0.5) * SLOT)));
  const bits = [...found].reduce((sum, i) => sum + 8 * call.frames[i].frame.body.length, 0);
  return { framesSent: sent.length, framesAccepted: found.size, framesWrong: wrong, bits };
}

/** Voiced seconds of the sent clip that a stretch of the heard sound brought. */
function voicedBetween(voiced, { rate, samples, sentAt }, from = 0, to = samples.length / rate) {
  let n = 0;
  for (let t = from + 0.04; t < to; t += 0.08) if (voiced[Math.floor(sentAt(t) / 0.08)]) n++;
  return n * 0.08;
}

/** Voiced seconds from a cold start until the session's locator is claimed; Infinity when it never is. */
function locatorSeconds(sessionId, voiced, heard, from) {
  const { samples, rate } = heard;
  const detector = createDetector({ sampleRate: rate, trust });
  const step = Math.round(rate * 0.08);
  const begin = Math.round(from * rate);
  const claimed = (events) => events.some((e) => e.type === 'claimed' && e.sessionId === sessionId);
  for (let at = begin; at < samples.length; at += step)
    if (claimed(detector.push(samples.subarray(at, at + step)))) return voicedBetween(voiced, heard, from, (at + step) / rate);
  return detector.report().spans.some((s) => s.sessionId === sessionId)
    ? voicedBetween(voiced, heard, from)
    : Number.POSITIVE_INFINITY;
}

/** Sessions named anywhere in a sound. */
function sessionsNamed({ samples, rate }) {
  const detector = createDetector({ sampleRate: rate, trust });
  detector.push(samples);
  return new Set(detector.report().spans.map((s) => s.sessionId));
}

/** Where listeners come in, seconds of the heard sound: for the locator, and for the mark's presence. */
const LOCATOR_CUTS = [0, 0.7, 1.9];

/**
 * @param call markAndKeep's
 * @param heard { samples, rate, sentAt }
 * @param agents session ids that should all be found in a mix
 */
export function hear(call, unmarked, heard, agents) {
  const voiced = voicedFrames(unmarked, RATE);
  const slots = heardSlots(heard);
  const n = heard.samples.length / heard.rate;
  const reached = new Set();
  for (let t = 0; t < n; t += 0.08) reached.add(Math.floor(heard.sentAt(t) / SLOT));
  const sessionId = hex(call.session.card.locator);
  const cuts = LOCATOR_CUTS.filter((c) => c < n - 1);
  const named = agents ? sessionsNamed(heard) : null;
  return {
    seconds: n,
    voicedSeconds: voicedBetween(voiced, heard),
    ...codedBits(call, slots, carriedBits(unmarked)),
    ...acceptedFrames(call, slots, (t) => reached.has(Math.floor(t / SLOT))),
    locator: cuts.map((c) => locatorSeconds(sessionId, voiced, heard, c)),
    presence: presenceSeconds(heard, (from, to) => voicedBetween(voiced, heard, from, to)),
    ...(named ? { agentsFound: agents.filter((id) => named.has(id)).length, agents: agents.length } : {}),
  };
}
