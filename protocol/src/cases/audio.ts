/** Marked recordings, honest and attacked, and the vectors that say what a detector finds in them. Slow: made on request only. */
import { opusRoundTrip } from '@undertone/audio';
import { decodeMulaw, encodeMulaw } from '@undertone/audio/pcm';
import { BITS_PER_FRAME, Embedder, FRAMES_PER_SLOT, makeChips, SLOT } from '@undertone/signal';
import { bytesToBits, maskSealedBits, parseSessionRecord, type Session } from '@undertone/token';
import { markRecording } from '../adapter/speech.ts';
import { AUDIO_FOLDER, readSound } from '../audio-files.ts';
import type { Json } from '../contract.ts';
import type { Case, Plan } from '../generate/builder.ts';
import { makeSession, sequence, trust } from '../generate/fixture.ts';

const RATE = 8000;
const session = makeSession(undefined, { session: 31 });
const russianSession = makeSession(undefined, { session: 32, family: 2 });
const syntheticSession = makeSession(undefined, { session: 33, family: 3 });

/** A recording with its session record. */
interface Marked {
  readonly marked: Float32Array;
  readonly record: Json;
}

const source = async (name: string): Promise<Float32Array> => (await readSound(`${AUDIO_FOLDER}/${name}.flac`)).samples;

/** Lays the sealed bits of a record on other speech, as somebody who has estimated all of them could. */
function transplant(speech: Float32Array, from: Marked, of: Session): Float32Array {
  const records = parseSessionRecord(from.record).records;
  const next = sequence(99);
  const sealed = new Map(
    records.map((r) => [r.slot, bytesToBits(maskSealedBits(r.sealedBits, of.keyForSlot(r.slot), of.cardHash, r.slot))]),
  );
  const embedder = new Embedder(makeChips(), 'frame', (frame) => {
    const bits = sealed.get(Math.floor(frame / FRAMES_PER_SLOT) + 1);
    const at = 2 * (frame % FRAMES_PER_SLOT);
    const value = (i: number): number => (i < 2 ? Number(next() > 0.5) : (bits?.[at + i - 2] ?? 0));
    return Int8Array.from({ length: BITS_PER_FRAME }, (_, i) => (value(i) ? 1 : -1));
  });
  const difference = embedder.push(Float32Array.from({ length: speech.length + 1000 }, (_, i) => speech[i] ?? 0));
  return speech.map((v, i) => Math.max(-1, Math.min(1, v + difference[i])));
}

const join = (...parts: Float32Array[]): Float32Array => {
  const out = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  parts.reduce((at, part) => {
    out.set(part, at);
    return at + part.length;
  }, 0);
  return out;
};
const cut = (x: Float32Array, from: number, to: number): Float32Array => x.slice(Math.round(from * RATE), Math.round(to * RATE));

/** The recordings by name, and the session records that go with them. */
export async function makeAudio(): Promise<{ sounds: Map<string, Float32Array>; records: { [name: string]: Json } }> {
  const [italian, russian, synthetic] = await Promise.all(['speech-it-m', 'speech-ru-f', 'speech-synthetic'].map(source));
  const it = markRecording(session, italian, RATE);
  const ru = markRecording(russianSession, russian, RATE);
  const syn = markRecording(syntheticSession, synthetic, RATE);
  const slot = SLOT / RATE;
  const sounds = new Map([
    ['marked-it-m', it.marked],
    ['marked-it-m-mulaw', decodeMulaw(encodeMulaw(it.marked))],
    ['marked-ru-f-opus-24k', await opusRoundTrip(ru.marked, RATE, { bitrate: 24_000 })],
    ['marked-synthetic-opus-16k', await opusRoundTrip(syn.marked, RATE, { bitrate: 16_000 })],
    ['late-start', cut(it.marked, 1.2345, 21)],
    ['cut-out', join(cut(it.marked, 0, 4 * slot), cut(it.marked, 6 * slot, 24))],
    ['taken-over', join(cut(it.marked, 0, 12), cut(russian, 0, 8))],
    ['transplanted', transplant(cut(russian, 0, 18), it, session)],
  ]);
  return { sounds, records: { it: it.record, ru: ru.record, synthetic: syn.record } };
}

/** Times may differ this much between detectors, seconds. */
const tolerance = { spans: 1.5 };

/** A recording that its own session record proves. */
const attested = (name: string, description: string, audio: string, session: Json): Case => ({
  name,
  description,
  rules: ['VER-4'],
  input: { audio, session },
  keep: ['state', 'spans'],
  says: { state: 'attested' },
  tolerance,
});

/** The vectors over the recordings. */
export function audioPlans({ it, ru, synthetic }: { readonly [name: string]: Json }): readonly Plan[] {
  return [
    {
      path: 'signal/align',
      page: '02-signal',
      layer: 'signal',
      operation: 'signal.align',
      cases: [
        {
          name: 'from-the-start',
          description: 'A slot begins with the sound',
          rules: ['SIG-7'],
          input: { audio: 'marked-it-m-mulaw' },
          tolerance: { startSeconds: 0.0101 },
        },
        {
          name: 'in-the-middle',
          description: 'The first 1.2345 s are missing: slots begin at 1.3255 s',
          rules: ['SIG-7'],
          input: { audio: 'late-start' },
          tolerance: { startSeconds: 0.0101 },
        },
        {
          name: 'unmarked',
          description: 'Speech without a mark',
          rules: ['SIG-7'],
          input: { audio: 'speech-ru-f' },
          refused: 'mark-not-found',
        },
      ],
    },
    {
      path: 'audio/attested',
      page: '09-verifier-states',
      layer: 'state',
      operation: 'speech.detect',
      common: { trust },
      cases: [
        {
          ...attested('clean', 'As marked, with its session record', 'marked-it-m', it),
          rules: ['VER-4', 'VER-8'],
          keep: ['state', 'spans', 'absenceProvesNothing'],
        },
        attested('mu-law', 'Over a telephone', 'marked-it-m-mulaw', it),
        attested('opus-24k', 'Over Opus at 24 kbit/s', 'marked-ru-f-opus-24k', ru),
        attested('opus-16k', 'A synthetic voice over Opus at 16 kbit/s', 'marked-synthetic-opus-16k', synthetic),
        attested('late-start', 'The beginning is missing', 'late-start', it),
      ],
    },
    {
      path: 'audio/claimed',
      page: '09-verifier-states',
      layer: 'state',
      operation: 'speech.detect',
      common: { trust },
      cases: [
        {
          name: 'sound-alone',
          description: 'No session record: the locator is read, no more',
          rules: ['VER-7'],
          polarity: 'negative',
          input: { audio: 'marked-it-m-mulaw' },
          keep: ['state'],
          says: { state: 'claimed' },
        },
        {
          name: 'wrong-record',
          description: 'The session record of another call',
          rules: ['VER-4'],
          polarity: 'negative',
          input: { audio: 'marked-it-m', session: ru },
          keep: ['state'],
          says: { state: 'claimed' },
        },
        {
          name: 'unmarked',
          description: 'Speech without a mark, with a session record',
          rules: ['VER-8'],
          polarity: 'negative',
          input: { audio: 'speech-ru-f', session: it },
          says: { state: 'absent', spans: [], absenceProvesNothing: true },
        },
      ],
    },
    {
      path: 'attack/splice/audio',
      page: '10-security',
      layer: 'state',
      operation: 'speech.detect',
      common: { trust },
      cases: [
        {
          name: 'cut-out',
          description: 'Two slots were cut out: the jump is told',
          rules: ['REC-2', 'VER-8'],
          polarity: 'negative',
          input: { audio: 'cut-out', session: it },
          keep: ['findings'],
          says: { findings: ['gap'] },
        },
        {
          name: 'taken-over',
          description: 'After 12 s another voice speaks without a mark: that speech is unmarked',
          rules: ['VER-8', 'VER-2'],
          polarity: 'negative',
          input: { audio: 'taken-over', session: it },
          keep: ['state', 'spans', 'findings'],
          says: { findings: ['unmarked-speech'] },
          tolerance,
        },
      ],
    },
    {
      path: 'attack/transplant/audio',
      page: '10-security',
      layer: 'state',
      operation: 'speech.detect',
      common: { trust },
      cases: [
        {
          name: 'sealed-bits-on-other-words',
          description: 'All sealed bits of one recording, laid on another voice saying other words',
          rules: ['VER-5', 'VER-4', 'DIG-4'],
          polarity: 'negative',
          input: { audio: 'transplanted', session: it },
          keep: ['state'],
          says: { state: 'conflict' },
        },
      ],
    },
  ];
}
