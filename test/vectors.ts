/** Makes the vectors of the protocol: fixed secrets, one subject a file, one failure a case. */
import {
  DIGEST_BITS,
  decodeCodeword,
  EPOCH_DIGEST_BITS,
  encodeCodeword,
  epochDigest,
  makeChips,
  slotDigest,
} from '@undertone/signal';
import {
  bytesToBits,
  createSession,
  digestSelection,
  encodeAuth,
  encodeFrame,
  type Frame,
  generateIssuerKey,
  hex,
  matchInformation,
  parseTrust,
  publicJwk,
  rsEncode,
  sealMask,
  verifyCard,
} from '@undertone/token';

const fixed = (byte: number) => (n: number) => new Uint8Array(n).fill(byte);
const issuer = generateIssuerKey('Vector issuer', fixed(1));
const t0Ms = Date.UTC(2026, 0, 1);
const session = createSession({
  issuer,
  agent: 'concierge',
  t0Ms,
  claims: { scope: ['a:read'], constraints: {} },
  random: fixed(2),
});
const { card, cardHash } = session;
const trust = parseTrust(publicJwk(issuer));
/** A small generator that every language can write: x ← 1103515245 x + 12345 mod 2³¹. */
function sequence(seed: number): () => number {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    return x / 2 ** 31;
  };
}

function cards(): unknown {
  const change = (at: number, by = 1): Uint8Array => card.bytes.map((b, i) => (i === at ? b ^ by : b));
  const cases: [string, Uint8Array, number][] = [
    ['as signed', card.bytes, t0Ms],
    ['the last millisecond but one', card.bytes, t0Ms + card.slots * 2560 - 1],
    ['cut by one byte', card.bytes.slice(0, 161), t0Ms],
    ['another profile', change(0, 3), t0Ms],
    ['a critical bit', change(1, 0x80), t0Ms],
    ['before it begins', card.bytes, t0Ms - 1],
    ['after it ends', card.bytes, t0Ms + card.slots * 2560 + 1],
    ...(
      [
        ['kid', 2],
        ['t0', 11],
        ['slots', 13],
        ['session key', 20],
        ['K_0', 50],
        ['claims hash', 60],
        ['status', 93],
        ['scope hash', 97],
        ['signature', 161],
      ] as const
    ).map(([name, at]): [string, Uint8Array, number] => [`one bit of ${name}`, change(at), t0Ms]),
  ];
  return {
    spec: '01-card',
    issuer: publicJwk(issuer),
    cases: cases.map(([description, bytes, atMs]) => {
      const verdict = verifyCard(bytes, trust, { atMs });
      return { description, card: hex(bytes), atMs, valid: verdict.ok, code: verdict.ok ? null : verdict.code };
    }),
    cardHash: hex(cardHash),
    locator: hex(card.locator),
  };
}

function frames(): unknown {
  const body = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const made = (lane: 'open' | 'sealed', frame: Frame) => {
    const bytes = encodeFrame(frame, lane, session.locator);
    return {
      lane,
      type: frame.type,
      ctr: frame.ctr,
      body: hex(frame.body),
      frame: hex(bytes),
      coded: [...encodeCodeword(bytesToBits(bytes))].join(''),
    };
  };
  return {
    spec: '03-frames, 02-signal (code)',
    locator: hex(session.locator),
    frames: [
      made('open', { type: 0, ctr: 0, body: session.locator }),
      made('sealed', { type: 1, ctr: 3, body }),
      made('open', { type: 2, ctr: 7, body }),
      made('open', { type: 3, ctr: 31, body }),
      made('sealed', { type: 3, ctr: 31, body }),
      made('sealed', { type: 5, ctr: 20, body }),
    ],
  };
}

function chain(): unknown {
  return {
    spec: '04-chain, 05-checkpoint, 06-digest',
    sessionKey: hex(card.sessionKey),
    cardHash: hex(cardHash),
    root: hex(card.chainRoot),
    slots: [1, 2, 3, 17, card.slots].map((slot) => {
      const key = session.keyForSlot(slot);
      return {
        slot,
        key: hex(key),
        mask: hex(sealMask(key, cardHash, slot)),
        digestSelection: hex(digestSelection(key, cardHash, slot)),
        authOfEpoch2: hex(encodeAuth(key, cardHash, 2, 'interrupted', 0x2a5f31)),
      };
    }),
    symbols: [0, 26, 27, 31].map((index) => ({ index, symbol: hex(rsEncode(cardSymbols(), index)) })),
  };
}
const cardSymbols = (): Uint8Array[] => Array.from({ length: 27 }, (_, i) => card.bytes.slice(6 * i, 6 * i + 6));

function chips(): unknown {
  const { sign, bit } = makeChips();
  return {
    spec: '02-signal',
    order: 'tile by tile, eight bands each, one slot',
    sign: [...sign].map((v) => (v > 0 ? '+' : '-')).join(''),
    bit: [...bit].join(''),
  };
}

function digests(): unknown {
  const next = sequence(7);
  const levels = Float32Array.from({ length: 1024 }, () => Math.round(next() * 400) / 10 - 45);
  const digest = slotDigest(levels, digestSelection(session.keyForSlot(1), cardHash, 1));
  return {
    spec: '06-digest',
    slot: 1,
    bits: DIGEST_BITS,
    epochBits: EPOCH_DIGEST_BITS,
    levels: [...levels].map((v) => Math.round(v * 10) / 10),
    digest: hex(digest.bits),
    confident: hex(digest.confident),
    epochDigest: epochDigest([digest, digest]),
  };
}

function matches(): unknown {
  const next = sequence(11);
  const llr = Float32Array.from({ length: 64 }, () => Math.round((next() - 0.4) * 120) / 10);
  const coded = Uint8Array.from({ length: 8 }, () => Math.floor(next() * 256));
  const round = (v: number): number => Math.round(v * 1e4) / 1e4;
  return {
    spec: '09-verifier-states',
    llr: [...llr].map((v) => Math.round(v * 10) / 10),
    coded: hex(coded),
    cases: [0xffffffff, 0xffff0000, 1, 0].map((sentMap) => ({ sentMap, w: round(matchInformation(llr, coded, sentMap).total) })),
    erased: { sentMap: 0xffffffff, w: round(matchInformation(new Float32Array(64), coded, 0xffffffff).total) },
  };
}

/** Whether a reading of the code's own words gives the bits back: the vectors must not be wrong by the same hand twice. */
export function codeHolds(frame: Uint8Array): boolean {
  const bits = bytesToBits(frame);
  const read = decodeCodeword(Float32Array.from(encodeCodeword(bits), (b) => (b ? 2 : -2)))[0].bits;
  return read.every((b, i) => b === bits[i]);
}

/** All files by name. */
export function makeVectors(): Map<string, unknown> {
  return new Map([
    ['card', cards()],
    ['frame', frames()],
    ['chain', chain()],
    ['chips', chips()],
    ['digest', digests()],
    ['match', matches()],
  ]);
}
