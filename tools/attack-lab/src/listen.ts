/** A running verifier: sound in steps of 80 ms, records 0.4 s after their slots, keys when they are due, all on one simulated clock. */
import { setImmediate as pause } from 'node:timers/promises';
import { InProcessChannel, type VerificationChannel } from '@undertone/channel';
import { type ChannelReport, createDetector, type DetectorEvent, type StatusOf } from '@undertone/detector';
import { type Session, SLOT_MS, type SlotRecord, type SpanState, type TrustStore } from '@undertone/token';

/** Operator and verifier take a step together this often, ms. */
const STEP_MS = 80;
/** After a slot's end its record is published, ms. */
const PUBLISHED_MS = 400;

/** Who publishes on the channel. */
export interface Operator {
  readonly session: Session;
  readonly records: readonly SlotRecord[];
}

export interface ListenOptions {
  /** Sample rate of the sound, Hz. */
  readonly rate: number;
  readonly trust: TrustStore;
  readonly operators: readonly Operator[];
  /** The verifier knows the first operator's session from signalling; default true. */
  readonly signalled?: boolean;
  /** The sound reaches the verifier this long after it was spoken, ms; default 0. */
  readonly lateMs?: number;
  /** The verifier's clock minus the operator's, ms, and how much faster it goes; default 0. */
  readonly skewMs?: number;
  readonly drift?: number;
  /** The channel says nothing between these times, seconds. */
  readonly silentFrom?: number;
  readonly silentTo?: number;
  /** What stands between the operator's channel and the verifier: an attacker who holds it. */
  readonly between?: (channel: InProcessChannel, nowMs: () => number) => VerificationChannel;
  readonly status?: StatusOf;
  readonly audience?: string;
  /** The line stays open after the sound, seconds, so that the last keys come; default 6. */
  readonly tailSeconds?: number;
  /** Called before each step. */
  readonly at?: (seconds: number, channel: InProcessChannel) => void;
}

/** A channel of which some answers are an attacker's. */
export const between = (channel: VerificationChannel, own: Partial<VerificationChannel>): VerificationChannel => ({
  resolve: (locator) => channel.resolve(locator),
  time: (cardHash, nonce) => channel.time(cardHash, nonce),
  challenge: (cardHash, nonce) => channel.challenge(cardHash, nonce),
  subscribe: (cardHash, listener) => channel.subscribe(cardHash, listener),
  ...own,
});

/** What the verifier said. */
export interface Heard {
  readonly events: readonly DetectorEvent[];
  readonly report: ChannelReport;
}

/** Plays sound to a live verifier with the verification channel beside it. */
export async function listen(sound: Float32Array, options: ListenOptions): Promise<Heard> {
  const { rate, trust, operators, lateMs = 0, skewMs = 0, drift = 0, tailSeconds = 6 } = options;
  const { silentFrom = Infinity, silentTo = Infinity } = options;
  const t0Ms = operators[0].session.card.t0Ms;
  let nowMs = t0Ms + lateMs;
  const channel = new InProcessChannel(() => nowMs);
  const publishers = operators.map(({ session, records }) => ({
    session,
    publish: channel.open(session),
    pending: [...records],
  }));
  const operate = (): void => {
    for (const { session, publish, pending } of publishers)
      while (pending.length > 0 && session.card.t0Ms + pending[0].slot * SLOT_MS + PUBLISHED_MS <= nowMs)
        publish(pending.shift()!);
    channel.disclose();
  };
  operate();
  const { session } = operators[0];
  const detector = createDetector({
    sampleRate: rate,
    trust,
    channel: options.between?.(channel, () => nowMs) ?? channel,
    clock: () => nowMs + skewMs + (nowMs - t0Ms) * drift,
    ...(options.signalled === false ? {} : { expect: [{ card: session.card.bytes, claims: session.claims }] }),
    ...(options.status === undefined ? {} : { status: options.status }),
    ...(options.audience === undefined ? {} : { audience: options.audience }),
  });
  const events: DetectorEvent[] = [];
  const step = Math.round((rate * STEP_MS) / 1000);
  for (const samples of [sound, new Float32Array(tailSeconds * rate)])
    for (let from = 0; from < samples.length; from += step) {
      nowMs += STEP_MS;
      const seconds = (nowMs - lateMs - t0Ms) / 1000;
      options.at?.(seconds, channel);
      if (seconds < silentFrom || seconds >= silentTo) operate();
      events.push(...detector.push(samples.subarray(from, from + step)));
      await pause();
    }
  return { events, report: detector.report() };
}

/** The changes of state, in order. */
export const changes = (heard: Pick<Heard, 'events'>): Extract<DetectorEvent, { type: 'state' }>[] =>
  heard.events.filter((event) => event.type === 'state');

/** Whether it was ever shown as verified. */
export const everLive = (heard: Heard): boolean =>
  changes(heard).some(({ state }) => state === 'live') || heard.report.spans.some(({ state }) => VERIFIED.has(state));

const VERIFIED: ReadonlySet<SpanState> = new Set(['live', 'attested']);

/** Codes of everything that was found. */
export const findings = ({ events, report }: Heard): Set<string> =>
  new Set([...events.flatMap((event) => (event.type === 'finding' ? [event.finding.code] : [])), ...codesOf(report)]);

/** Codes in a report. */
export const codesOf = (report: ChannelReport): string[] => [
  ...new Set([...report.findings, ...report.spans.flatMap((span) => span.findings)].map(({ code }) => code)),
];

/** The verifier's story on one line. */
export function story(heard: Heard): string {
  const told = changes(heard).map(({ state, reason }) => (state === 'claimed' ? state : `${state} (${reason})`));
  return told.length === 0 ? 'absent' : told.join(' → ');
}

/** What became of `live` after a moment: whether it was there, how many seconds until it was lost (infinite if never), whether it came back. */
export function lostAfter(heard: Pick<Heard, 'events'>, fromSeconds: number): { began: boolean; lost: number; again: boolean } {
  const told = changes(heard);
  const began = told.some(({ state, seconds }) => state === 'live' && seconds <= fromSeconds);
  const after = told.filter(({ seconds }) => seconds > fromSeconds);
  const lost = after.find(({ state }) => state !== 'live')?.seconds ?? Infinity;
  return { began, lost: lost - fromSeconds, again: after.some(({ state, seconds }) => state === 'live' && seconds >= lost) };
}
