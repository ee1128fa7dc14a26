/** Operations on whole recordings: mark one, find the slots of one, say who speaks in one. */
import { writeFile } from 'node:fs/promises';
import { encodeWav } from '@undertone/audio';
import { detect } from '@undertone/detector';
import { createEncoder } from '@undertone/encoder';
import { Receiver, SLOT_MS, toCoreRate } from '@undertone/signal';
import {
  createSession,
  createSessionRecord,
  parseClaims,
  parsePrivateJwk,
  parseSessionRecord,
  parseTrust,
  type Session,
  type SlotRecord,
  serializeSessionRecord,
} from '@undertone/token';
import { readSound } from '../audio-files.ts';
import type { Json } from '../contract.ts';
import { bytes, number, type Operation, object, ok, refused, text } from './input.ts';

/** Time after the last sample for which the card still has slots, seconds. */
const RESERVE_SECONDS = 15;

function sessionFor(input: Json, seconds: number): Session {
  const claims = parseClaims(input.claims);
  const secrets = [bytes(input, 'sessionSecret'), bytes(input, 'chainSeed')];
  return createSession({
    issuer: parsePrivateJwk(input.issuer),
    agent: claims.agent,
    t0Ms: number(input, 't0Ms'),
    durationSeconds: seconds + RESERVE_SECONDS,
    claims,
    family: input.family === undefined ? 0 : number(input, 'family'),
    random: () => secrets.shift()!,
  });
}

/** Frames last long enough for a detector with the baseline demodulator, which reads half of what ours does. */
const RESERVE = 2.5;

/** Marks a recording whose first sample is at t0. @returns the marked samples and the session record */
export function markRecording(
  session: Session,
  samples: Float32Array,
  sampleRate: number,
): { marked: Float32Array; record: Json } {
  const records: SlotRecord[] = [];
  const encoder = createEncoder({
    session,
    sampleRate,
    lookahead: 'frame',
    reserve: RESERVE,
    onRecord: (record) => records.push(record),
  });
  const marked = new Float32Array(samples.length + encoder.latencySamples);
  marked.set(encoder.process(samples));
  marked.set(encoder.flush(), samples.length);
  const last = records.at(-1)?.slot ?? 0;
  const record = createSessionRecord(
    {
      card: session.card,
      claims: session.claims,
      jwt: null,
      records,
      key: last > 0 ? { slot: last, key: session.keyForSlot(last) } : null,
      checkpoints: encoder.checkpoints,
    },
    (message) => session.signWithSessionKey(message),
  );
  return { marked: marked.slice(encoder.latencySamples), record: serializeSessionRecord(record) as unknown as Json };
}

export const speechOperations: { readonly [name: string]: Operation } = {
  'speech.encode': async (input) => {
    const { samples, sampleRate } = await readSound(text(input, 'audio'));
    const { marked, record } = markRecording(sessionFor(input, samples.length / sampleRate), samples, sampleRate);
    await writeFile(text(input, 'output'), encodeWav([marked], sampleRate));
    return ok({ session: record });
  },
  'speech.detect': async (input) => {
    const { samples, sampleRate } = await readSound(text(input, 'audio'));
    const records = input.session === undefined ? [] : [parseSessionRecord(object(input, 'session'))];
    const report = detect(samples, { sampleRate, trust: parseTrust(input.trust), records });
    return ok({
      state: report.state,
      spans: report.spans.map(({ state, content, sessionId, issuer, startSeconds, endSeconds }) => ({
        state,
        content,
        sessionId,
        issuer,
        startSeconds,
        endSeconds,
      })),
      findings: [...new Set([report, ...report.spans].flatMap((part) => part.findings.map((finding) => finding.code)))].sort(),
      absenceProvesNothing: report.absenceProvesNothing,
    });
  },
  'signal.align': async (input) => {
    const { samples, sampleRate } = await readSound(text(input, 'audio'));
    const receiver = new Receiver();
    const converter = toCoreRate(sampleRate);
    const slots: number[] = [];
    const hear = (part: Float32Array): void =>
      receiver.push(part, (slot) => void (slot.present && slots.push(slot.startSeconds)));
    hear(converter.process(samples));
    hear(converter.flush());
    if (slots.length === 0) return refused('mark-not-found');
    const slot = SLOT_MS / 1000;
    // The last slot heard: drift has been followed for longest there. Rounded to the hop, so that no edge falls just under 0.
    const edge = Math.round(slots.at(-1)! * 200) / 200;
    return ok({ startSeconds: ((edge % slot) + slot) % slot });
  },
};
