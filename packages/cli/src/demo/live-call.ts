/** A call as it happens, on a clock of its own: the agent is marked frame by frame, the far end listens 80 ms at a time. */
import { InProcessChannel } from '@undertone/channel';
import { type ChannelReport, createDetector, type DetectorEvent } from '@undertone/detector';
import { createEncoder } from '@undertone/encoder';
import {
  createSession,
  type IssuerKey,
  type Session,
  type SessionRecord,
  type SlotRecord,
  type TrustStore,
} from '@undertone/token';
import { sealRecord } from '../marking.ts';
import { breathe } from '../progress.ts';
import { RATE } from './speech.ts';

const FRAME_MS = 80;

/** An agent's marked speech and everything that its operator published, with the times. */
export interface SpokenCall {
  readonly session: Session;
  readonly plain: Float32Array;
  readonly marked: Float32Array;
  readonly records: readonly { readonly atMs: number; readonly record: SlotRecord }[];
  readonly sessionRecord: SessionRecord;
}

/** Where the caller barges in: what the agent had queued is dropped, and after a pause he says something else. */
export interface Interruption {
  readonly atSeconds: number;
  readonly pauseSeconds: number;
}

/** Lets an agent speak, marked while it speaks. Time runs with the samples. */
export async function speak(
  speech: Float32Array,
  issuer: IssuerKey,
  agent: string,
  t0Ms: number,
  interruption?: Interruption,
): Promise<SpokenCall> {
  const claims = { scope: ['bookings:read', 'bookings:change'], constraints: { maxAmountEur: 200 } };
  const session = createSession({ issuer, agent, t0Ms, claims });
  const records: { atMs: number; record: SlotRecord }[] = [];
  let nowMs = t0Ms;
  const encoder = createEncoder({
    session,
    sampleRate: RATE,
    lookahead: 'frame',
    nowMs: () => nowMs,
    onRecord: (record) => records.push({ atMs: nowMs, record }),
  });
  const plain = speech.slice();
  const frame = (RATE * FRAME_MS) / 1000;
  const marked: Float32Array[] = [];
  for (let at = 0; at < plain.length; at += frame) {
    if (interruption && Math.floor((interruption.atSeconds * RATE) / frame) === at / frame) {
      encoder.interrupt();
      plain.fill(0, at, at + Math.round(interruption.pauseSeconds * RATE));
    }
    marked.push(encoder.process(plain.subarray(at, at + frame)));
    nowMs += FRAME_MS;
    if (at % (frame * 16) === 0) await breathe();
  }
  marked.push(encoder.flush());
  const all = new Float32Array(marked.reduce((a, p) => a + p.length, 0));
  let at = 0;
  for (const part of marked) {
    all.set(part, at);
    at += part.length;
  }
  // What leaves the encoder is late by its latency, as in a real call.
  return {
    session,
    plain,
    marked: all.subarray(0, plain.length),
    records,
    sessionRecord: sealRecord(
      session,
      records.map((r) => r.record),
      encoder.checkpoints,
    ),
  };
}

/** How the far end listens. */
export interface ListenOptions {
  readonly rate: number;
  readonly trust: TrustStore;
  /** The sound starts this long after it was spoken: 0 in a call, minutes in a replay. */
  readonly startsLateMs?: number;
  readonly onEvent?: (event: DetectorEvent) => void;
}

/** Hears a call live, with the verification channel beside it. */
export async function listenLive(call: SpokenCall, heard: Float32Array, options: ListenOptions): Promise<ChannelReport> {
  const { rate, trust, startsLateMs = 0, onEvent = () => {} } = options;
  const t0Ms = call.session.card.t0Ms;
  let nowMs = t0Ms;
  const channel = new InProcessChannel(() => nowMs);
  const publish = channel.open(call.session);
  let published = 0;
  const operate = (): void => {
    while (published < call.records.length && call.records[published].atMs <= nowMs) publish(call.records[published++].record);
    channel.disclose();
  };
  nowMs += startsLateMs;
  operate();
  const detector = createDetector({ sampleRate: rate, trust, channel, clock: () => nowMs });
  const frame = (rate * FRAME_MS) / 1000;
  // The line stays open until the keys of the last slot are out.
  const tail = new Float32Array(rate * 6);
  for (const samples of [heard, tail])
    for (let at = 0; at < samples.length; at += frame) {
      nowMs += FRAME_MS;
      operate();
      for (const event of detector.push(samples.subarray(at, at + frame))) onEvent(event);
      await breathe();
    }
  return detector.report();
}
