/** A call as its operator has it: marked speech, what was signed beside it, and the session. */
import { createEncoder, type Lookahead } from '@undertone/encoder';
import {
  type Checkpoint,
  createSession,
  createSessionRecord,
  type IssuerKey,
  parseSessionRecord,
  type Session,
  type SessionOptions,
  type SessionRecord,
  type SlotRecord,
  serializeSessionRecord,
} from '@undertone/token';

/** Sample rate of all speech before it goes through a channel, Hz. */
export const RATE = 16000;
/** Length of a slot, seconds. */
export const SLOT_SECONDS = 2.56;
/** Start of every session. */
export const T0_MS: number = Date.UTC(2026, 0, 1);

/** One marked call. */
export interface MarkedCall {
  readonly session: Session;
  /** The speech before and after marking, at {@link MarkedCall.rate}, aligned. */
  readonly plain: Float32Array;
  readonly samples: Float32Array;
  readonly rate: number;
  readonly records: readonly SlotRecord[];
  readonly checkpoints: readonly Checkpoint[];
  /** Read back from its JSON, as an auditor gets it. */
  readonly sessionRecord: SessionRecord;
}

/** How a call is marked; everything has a default. */
export interface MarkOptions extends Partial<Omit<SessionOptions, 'issuer'>> {
  readonly rate?: number;
  readonly lookahead?: Lookahead;
  /** Samples handed to the encoder at a time; default one second. */
  readonly chunk?: number;
}

/** Signs what an operator hands to auditors. */
export function sessionRecordOf(
  session: Session,
  records: readonly SlotRecord[],
  checkpoints: readonly Checkpoint[] = [],
): SessionRecord {
  const last = records.at(-1)?.slot ?? 0;
  const made = createSessionRecord(
    {
      card: session.card,
      claims: session.claims,
      jwt: session.jwt,
      records,
      key: last === 0 ? null : { slot: last, key: session.keyForSlot(last) },
      checkpoints,
    },
    (message) => session.signWithSessionKey(message),
  );
  return parseSessionRecord(JSON.parse(JSON.stringify(serializeSessionRecord(made))));
}

/** Marks speech with a session that exists. */
export function markWith(
  session: Session,
  plain: Float32Array,
  { rate = RATE, lookahead = 'frame', chunk = rate }: Pick<MarkOptions, 'rate' | 'lookahead' | 'chunk'> = {},
): MarkedCall {
  const records: SlotRecord[] = [];
  const encoder = createEncoder({ session, sampleRate: rate, lookahead, onRecord: (record) => records.push(record) });
  const out = new Float32Array(plain.length + encoder.latencySamples);
  for (let at = 0; at < plain.length; at += chunk) out.set(encoder.process(plain.subarray(at, at + chunk)), at);
  out.set(encoder.flush(), plain.length);
  const { checkpoints } = encoder;
  return {
    session,
    plain,
    samples: out.slice(encoder.latencySamples),
    rate,
    records,
    checkpoints,
    sessionRecord: sessionRecordOf(session, records, checkpoints),
  };
}

/** Marks speech with a new session. */
export function markCall(plain: Float32Array, issuer: IssuerKey, options: MarkOptions = {}): MarkedCall {
  const { rate, lookahead, chunk, ...fields } = options;
  const session = createSession({
    agent: 'concierge',
    family: 0,
    t0Ms: T0_MS,
    claims: { scope: ['a:read'], constraints: {} },
    ...fields,
    issuer,
  });
  return markWith(session, plain, options);
}
