/** What a liar would try, each tried for real and judged by the same verifier. */
import { type ChannelReport, detect, type Finding } from '@undertone/detector';
import { BITS_PER_FRAME, Embedder, FRAMES_PER_SLOT, type HeardSlot, makeChips, Receiver } from '@undertone/signal';
import {
  base64url,
  fromBase64url,
  generateIssuerKey,
  parseSessionRecord,
  parseTrust,
  publicJwk,
  type SessionRecord,
  serializeSessionRecord,
  type TrustStore,
} from '@undertone/token';
import { judge } from '../verify.ts';
import { telephone } from './channels.ts';
import { listenLive, type SpokenCall } from './live-call.ts';

/** What is at hand for cheating: two calls of one operator, and another voice. */
export interface Material {
  readonly call: SpokenCall;
  readonly other: SpokenCall;
  readonly voice: Float32Array;
  readonly trust: TrustStore;
}

/** A cheat that was tried. */
export interface Caught {
  readonly id: string;
  readonly name: string;
  readonly how: string;
  /** Codes of which at least one must be found. */
  readonly expected: readonly Finding['code'][];
  readonly found: readonly string[];
  /** Not verified, and named. */
  readonly caught: boolean;
  readonly heard: Float32Array;
  readonly report: ChannelReport;
}

const RATE = 8000;
/** Share of speech that must be marked. */
const MIN_COVERAGE = 0.95;

type Attempt = (m: Material) => Promise<{ heard: Float32Array; report: ChannelReport }>;

const offline = (
  heard: Float32Array,
  trust: TrustStore,
  record: SessionRecord,
): { heard: Float32Array; report: ChannelReport } => ({
  heard,
  report: detect(heard, { sampleRate: RATE, trust, records: [record] }),
});

/** Lays the bits that were heard in one voice onto another: everything a listener can copy without the keys. */
function lift(marked: Float32Array, voice: Float32Array): Float32Array {
  const slots: HeardSlot[] = [];
  const receiver = new Receiver();
  receiver.push(marked, (s) => slots.push(s));
  receiver.finish((s) => slots.push(s));
  const strength = (track: number): number =>
    slots.filter((s) => s.track === track).reduce((a, s) => a + s.llr.reduce((b, l) => b + Math.abs(l), 0), 0);
  const best = [...new Set(slots.map((s) => s.track))].sort((a, b) => strength(b) - strength(a))[0];
  const track = slots.filter((s) => s.track === best && s.startSeconds >= 0);
  const first = Math.round(track[0].startSeconds * RATE);
  const source = voice.subarray(0, marked.length - first);
  const embedder = new Embedder(makeChips(track[0].family), 'frame', (frame) => {
    const slot = track[Math.floor(frame / FRAMES_PER_SLOT)];
    if (!slot) return null;
    const at = (frame % FRAMES_PER_SLOT) * BITS_PER_FRAME;
    return Int8Array.from({ length: BITS_PER_FRAME }, (_, i) => (slot.llr[at + i] > 0 ? 1 : -1));
  });
  const delta = embedder.push(source);
  const out = new Float32Array(marked.length);
  for (let i = 0; i < source.length; i++) out[first + i] = source[i] + (delta[i] ?? 0);
  return out;
}

/** Changes one byte of the card in a session record. */
function changeCard(record: SessionRecord): SessionRecord {
  const json = serializeSessionRecord(record);
  const card = fromBase64url(json.card);
  // A byte of the scope hash: the liar wants to be allowed more.
  card[96] ^= 1;
  return parseSessionRecord({ ...json, card: base64url(card) });
}

const CHEATS: readonly { id: string; name: string; how: string; expected: readonly Finding['code'][]; attempt: Attempt }[] = [
  {
    id: 'replay',
    name: 'replayed to a live verifier',
    how: 'A recording of the call is played to a live verifier a minute later, with the real verification channel beside it.',
    expected: ['replayed'],
    attempt: async ({ call, trust }) => {
      const heard = telephone(call.marked);
      return { heard, report: await listenLive(call, heard, { rate: RATE, trust, startsLateMs: 60_000 }) };
    },
  },
  {
    id: 'splice',
    name: 'spliced from two sessions',
    how: 'After fifteen seconds it goes on with another agent’s call.',
    expected: ['several-sessions', 'session-mismatch'],
    attempt: async ({ call, other, trust }) => {
      const heard = telephone(call.marked);
      heard.set(telephone(other.marked).subarray(0, heard.length >> 1), heard.length >> 1);
      return offline(heard, trust, call.sessionRecord);
    },
  },
  {
    id: 'insert',
    name: 'unmarked speech inserted',
    how: 'Six seconds of the agent’s own voice, never signed, are put into the middle.',
    expected: ['unmarked-speech'],
    attempt: async ({ call, trust }) => {
      const heard = telephone(call.marked);
      heard.set(telephone(call.plain).subarray(RATE * 2, RATE * 8), RATE * 15);
      return offline(heard, trust, call.sessionRecord);
    },
  },
  {
    id: 'lift',
    name: 'mark lifted onto another voice',
    how: 'The bits are read from the call and embedded into another person’s speech with our own embedder.',
    expected: ['digest-mismatch'],
    attempt: async ({ call, voice, trust }) => offline(lift(telephone(call.marked), telephone(voice)), trust, call.sessionRecord),
  },
  {
    id: 'card',
    name: 'one byte of the card changed',
    how: 'The session record is the right one, with one bit of the authorised scope changed.',
    expected: ['card-bad-signature', 'claims-mismatch', 'issuer-unknown'],
    attempt: async ({ call, trust }) => offline(telephone(call.marked), trust, changeCard(call.sessionRecord)),
  },
  {
    id: 'stranger',
    name: 'signed with a stranger’s key',
    how: 'The verifier trusts somebody else than who signed this card.',
    expected: ['issuer-unknown'],
    attempt: async ({ call }) =>
      offline(telephone(call.marked), parseTrust(publicJwk(generateIssuerKey('Somebody else'))), call.sessionRecord),
  },
  {
    id: 'wrong-record',
    name: 'the wrong session record',
    how: 'A valid session record of another call is handed in with the recording.',
    expected: ['session-mismatch'],
    attempt: async ({ call, other, trust }) => offline(telephone(call.marked), trust, other.sessionRecord),
  },
];

/** Tries every cheat. */
export async function tryCheats(material: Material, onCaught: (c: Caught) => void): Promise<Caught[]> {
  const all: Caught[] = [];
  for (const { id, name, how, expected, attempt } of CHEATS) {
    const { heard, report } = await attempt(material);
    const found = [...new Set([...report.findings, ...report.spans.flatMap((s) => s.findings)].map((f) => f.code))];
    const refused =
      judge([report], { acceptWeakContent: false, minCoverage: MIN_COVERAGE }) !== 0 &&
      !report.spans.some((s) => s.state === 'live');
    const caught: Caught = {
      id,
      name,
      how,
      expected,
      found,
      caught: refused && expected.some((code) => found.includes(code)),
      heard,
      report,
    };
    all.push(caught);
    onCaught(caught);
  }
  return all;
}
