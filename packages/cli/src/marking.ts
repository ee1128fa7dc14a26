/** Marks one channel of a recording and makes its session record. */
import { createEncoder, type EncoderStats } from '@undertone/encoder';
import {
  type Claims,
  createSession,
  createSessionRecord,
  type IssuerKey,
  type Session,
  type SessionRecord,
  type SlotRecord,
} from '@undertone/token';
import { importJwt } from '@undertone/token/import';
import { breathe } from './progress.ts';

/** What is to be marked. */
export interface MarkingOptions {
  readonly samples: Float32Array;
  readonly sampleRate: number;
  readonly issuer: IssuerKey;
  readonly agent: string;
  readonly t0Ms: number;
  readonly claims?: Partial<Claims>;
  readonly jwt?: string;
  readonly onProgress?: (share: number) => void;
}

/** A marked recording: as many samples as went in, aligned with them. */
export interface Marked {
  readonly samples: Float32Array;
  readonly session: Session;
  readonly record: SessionRecord;
  readonly stats: EncoderStats;
  readonly notices: readonly string[];
}

/** Marks with whole 80 ms frames, for the most bits. */
export async function markRecording(options: MarkingOptions): Promise<Marked> {
  const { samples, sampleRate, issuer, agent, t0Ms, claims, jwt } = options;
  const durationSeconds = samples.length / sampleRate + 15;
  const imported = jwt ? await importJwt(jwt, { atMs: t0Ms }) : undefined;
  const session = createSession({
    issuer,
    agent,
    t0Ms,
    durationSeconds,
    ...(claims ? { claims } : {}),
    ...(imported ? { imported } : {}),
  });
  const records: SlotRecord[] = [];
  const notices: string[] = [];
  const encoder = createEncoder({
    session,
    sampleRate,
    lookahead: 'frame',
    onRecord: (record) => records.push(record),
    onNotice: ({ code }) => notices.push(code),
  });
  const out = new Float32Array(samples.length + encoder.latencySamples);
  for (let at = 0; at < samples.length; at += sampleRate) {
    out.set(encoder.process(samples.subarray(at, at + sampleRate)), at);
    options.onProgress?.(at / samples.length);
    await breathe();
  }
  out.set(encoder.flush(), samples.length);
  options.onProgress?.(1);
  return {
    samples: out.slice(encoder.latencySamples),
    session,
    record: sealRecord(session, records, encoder.checkpoints),
    stats: encoder.stats(),
    notices,
  };
}

/** The signed session record once the recording is over and its keys may be known. */
export function sealRecord(
  session: Session,
  records: readonly SlotRecord[],
  checkpoints: SessionRecord['checkpoints'],
): SessionRecord {
  const last = records.at(-1)?.slot ?? 0;
  const key = last > 0 ? { slot: last, key: session.keyForSlot(last) } : null;
  return createSessionRecord(
    { card: session.card, claims: session.claims, jwt: session.jwt, records, key, checkpoints },
    (message) => session.signWithSessionKey(message),
  );
}
