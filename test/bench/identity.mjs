// What the protocol's checks cost, and what they let pass: forged frames, cards and symbol sets must never be taken for the real ones.
import { createHash } from 'node:crypto';
import { readFrame } from '../../packages/detector/dist/lane-reader.js';
import { CardSymbols } from '../../packages/detector/dist/symbols.js';
import { encodeCodeword } from '../../packages/signal/dist/index.js';
import {
  bytesToBits,
  cardSymbols,
  concat,
  createCheckpoint,
  createSession,
  decodeFrame,
  encodeFrame,
  FRAME_SHAPES,
  FrameType,
  frameKind,
  generateIssuerKey,
  parseCard,
  parseTrust,
  publicJwk,
  rsDecode,
  rsEncode,
  verifyCard,
  verifyCheckpoint,
} from '../../packages/token/dist/index.js';

const T0 = Date.UTC(2026, 0, 1);
const issuer = generateIssuerKey('Bench');
const stranger = generateIssuerKey('Bench');
const trust = parseTrust(publicJwk(issuer));
const session = createSession({ issuer, agent: 'a', t0Ms: T0 });
const other = createSession({ issuer, agent: 'b', t0Ms: T0 });

/** Reproducible bytes: SHA-256 in counter mode. */
function* stream(seed) {
  for (let i = 0; ; i++) yield* createHash('sha256').update(`${seed} ${i}`).digest();
}
function source(seed) {
  const bytes = stream(seed);
  const byte = () => bytes.next().value;
  return {
    byte,
    below: (n) => ((byte() << 16) | (byte() << 8) | byte()) % n,
    bytes: (n) => Uint8Array.from({ length: n }, byte),
  };
}

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

/** Milliseconds of processor time to verify one card and one checkpoint. */
export function verification(rounds = 200) {
  const bodies = Array.from({ length: 16 }, (_, i) => Uint8Array.from({ length: 6 }, (_, j) => i + j));
  const fields = { windowStart: 1, presenceMap: 0xffff0000, previousHash: new Uint8Array(6), bodies };
  const checkpoint = createCheckpoint(fields, session.cardHash, (m) => session.signWithSessionKey(m));
  const times = Array.from({ length: rounds }, () => {
    const from = process.cpuUsage();
    const good = verifyCard(session.card.bytes, trust, { atMs: T0 }).ok && verifyCheckpoint(checkpoint, session.card).ok;
    if (!good) throw new Error('the real ones must hold');
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1000;
  });
  return { cardAndCheckpointMilliseconds: { median: median(times), least: Math.min(...times) } };
}

/** A copy with a few bits turned, cut short, or with bytes of another. */
function mutate(random, bytes, foreign) {
  const out = bytes.slice();
  const kind = random.below(8);
  if (kind === 0) return out.slice(0, random.below(out.length));
  if (kind === 1) {
    const at = random.below(out.length);
    out.set(foreign.subarray(at), at);
  } else if (kind === 2) out.set(random.bytes(1 + random.below(out.length)));
  else for (let n = 1 + random.below(8); n > 0; n--) out[random.below(out.length)] ^= 1 << random.below(8);
  return out;
}

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Bytes of frames: the 16-bit check alone lets one in 65,536 pass. */
function frames(count) {
  const random = source('frames');
  let passed = 0;
  for (let i = 0; i < count; i++) {
    const lane = random.below(2) ? 'open' : 'sealed';
    const type = lane === 'sealed' && random.below(2) ? FrameType.AUTH : FrameType.CARD;
    const body = random.bytes(FRAME_SHAPES[frameKind(type)].bodyBytes);
    const frame = { type, ctr: random.below(32), body };
    const sent = encodeFrame(frame, lane, session.locator);
    const heard = mutate(random, sent, encodeFrame(frame, lane, other.locator));
    if (!same(heard, sent) && decodeFrame(heard, lane, session.locator)) passed++;
  }
  return { tried: count, passedTheCheckAlone: passed, expected: count * 2 ** -16 };
}

/** Ratios: noise, frames of another session, and frames with their bits turned. Taken is what the detector takes for a frame. */
function ratios(count) {
  const random = source('ratios');
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const type = random.below(2) ? FrameType.AUTH : FrameType.CARD;
    const body = random.bytes(FRAME_SHAPES[frameKind(type)].bodyBytes);
    const owner = random.below(2) ? session : other;
    const sent = encodeFrame({ type, ctr: random.below(32), body }, 'sealed', owner.locator);
    const coded = encodeCodeword(bytesToBits(sent));
    const turned = random.below(101) / 100;
    const llr = Float32Array.from(coded, (bit) => {
      const size = (random.byte() / 255) * 6;
      const flip = random.byte() / 255 < turned / 2;
      return (bit === 1) === !flip ? size : -size;
    });
    const read = readFrame(llr, 'sealed', session.locator);
    if (read && !(owner === session && same(read.frame.body, body))) wrong++;
  }
  return { tried: count, wronglyTaken: wrong };
}

function cards(count) {
  const random = source('cards');
  const forged = createSession({ issuer: stranger, agent: 'a', t0Ms: T0 });
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const bytes = mutate(random, random.below(8) ? session.card.bytes : forged.card.bytes, other.card.bytes);
    const whole = same(bytes, session.card.bytes) || same(bytes, other.card.bytes);
    if (!whole && verifyCard(bytes, trust, { atMs: T0 }).ok) wrong++;
  }
  return { tried: count, wronglyTaken: wrong };
}

/** Sets of symbols with wrong ones and those of another session among them; `decoded` is what the code alone would have taken. */
function symbolSets(count) {
  const random = source('symbols');
  const [mine, theirs] = [session, other].map(({ card }) => {
    const data = cardSymbols(card);
    return Array.from({ length: 32 }, (_, i) => rsEncode(data, i));
  });
  const result = { tried: count, decodedToAnotherCard: 0, wronglyTaken: 0, rightlyTaken: 0 };
  for (let i = 0; i < count; i++) {
    const received = new Map();
    const bad = random.below(8);
    for (let s = 0; s < 27 + random.below(6); s++) received.set(s, mine[s].slice());
    for (let n = 0; n < bad; n++) {
      const s = random.below(32);
      received.set(s, random.below(2) ? theirs[s] : random.bytes(6));
    }
    const symbols = rsDecode(received, 27);
    const bytes = symbols && Uint8Array.from(symbols.flatMap((symbol) => [...symbol]));
    if (bytes && !same(bytes, session.card.bytes)) result.decodedToAnotherCard++;
    let card = null;
    try {
      card = bytes && parseCard(bytes);
    } catch {
      // Not a card at all.
    }
    if (!card || !same(card.locator, session.locator)) continue;
    if (same(card.bytes, session.card.bytes)) result.rightlyTaken++;
    else result.wronglyTaken++;
  }
  return result;
}

/** The collector as the detector uses it, with its tries: far slower, so fewer. */
function collected(count) {
  const random = source('collected');
  const data = cardSymbols(session.card);
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const collector = new CardSymbols(session.locator);
    for (let s = 0; s < 32; s += 2) {
      const body = random.below(6) === 0 ? random.bytes(12) : concat(rsEncode(data, s), rsEncode(data, s + 1));
      const card = collector.take({ type: FrameType.CARD, ctr: s, body });
      if (card && !same(card.bytes, session.card.bytes)) wrong++;
    }
  }
  return { tried: count, wronglyTaken: wrong };
}

/** @param count frames tried; the slower kinds take their share of it */
export function fuzz(count, progress) {
  const parts = [
    ['frames', frames, count],
    ['ratios', ratios, count / 50],
    ['cards', cards, count],
    ['symbolSets', symbolSets, count],
    ['collectedCards', collected, count / 50_000],
  ];
  const result = {};
  for (const [name, run, share] of parts) {
    progress(`fuzz: ${name}`);
    result[name] = run(Math.max(1, Math.round(share)));
  }
  return result;
}
