/** A call between an agent and a verifier that hear each other a little late, with real speech and µ-law towards the verifier. */
import { InProcessChannel, type VerificationChannel } from '@undertone/channel';
import { createDetector, type Detector, type DetectorEvent } from '@undertone/detector';
import { createEncoder } from '@undertone/encoder';
import { createSession, hex, renewSession, type Session, type SlotRecord } from '@undertone/token';
import { issuer, RATE, seeded, speech, T0, telephone, trust } from './call.ts';

const STEP_MS = 80;
const STEP = (RATE * STEP_MS) / 1000;
const HEARD_STEP = 8 * STEP_MS;
/** The way from one to the other, in steps. */
const WAY = 2;

function repeated(samples: Float32Array, seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * RATE }, (_, i) => samples[i % samples.length]);
}

/** How the call goes. */
export interface Conversation {
  readonly seconds: number;
  readonly epochSlots?: 4 | 8;
  /** Slot records reach the verifier. */
  readonly records?: boolean;
  /** The verifier hears everything so much later. */
  readonly lateMs?: number;
  /** The agent hears somebody else than the verifier's side. */
  readonly otherCaller?: boolean;
  /** The channel as the verifier sees it. */
  readonly through?: (channel: InProcessChannel) => VerificationChannel;
  /** The card is renewed: this is its last slot. */
  readonly lastSlot?: number;
  /** From here on somebody else speaks, seconds. */
  readonly takenOverAt?: number;
  readonly during?: (seconds: number, detector: Detector, session: Session) => void;
}

/** Plays the call in steps of 80 ms. @returns what the verifier said, and the verifier */
export async function converse(options: Conversation): Promise<{ events: DetectorEvent[]; detector: Detector }> {
  let now = T0;
  const agentVoice = repeated(await speech('it-m'), options.seconds + 1);
  const callerVoice = repeated(await speech('ru-f'), options.seconds + 1);
  const agentHears = options.otherCaller ? callerVoice.slice().reverse() : callerVoice;
  const session = createSession({
    issuer,
    agent: 'concierge',
    t0Ms: T0,
    claims: { scope: ['a:read'], constraints: {} },
    epochSlots: options.epochSlots ?? 8,
    random: seeded(200),
  });
  const records: SlotRecord[] = [];
  const encoder = createEncoder({ session, sampleRate: RATE, onRecord: (record) => records.push(record) });
  const channel = new InProcessChannel(() => now);
  const publishers = new Map<string, (record: SlotRecord) => void>();
  const open = (own: Session): void => {
    publishers.set(hex(own.cardHash), channel.open(own));
    channel.answerWith(own, (nonce) => (encoder.session === own ? encoder.challenge(nonce) : null));
  };
  open(session);
  if (options.lastSlot !== undefined) {
    const next = renewSession(session, { issuer, lastSlot: options.lastSlot, reason: 'time', random: seeded(201) });
    encoder.renew(next.session, options.lastSlot);
    open(next.session);
    channel.renew(next.renewal);
  }
  const detector = createDetector({
    sampleRate: 8000,
    trust,
    channel: options.through?.(channel) ?? channel,
    clock: () => now,
    expect: [{ card: session.card.bytes, claims: session.claims }],
  });
  const late = WAY + Math.round((options.lateMs ?? 0) / STEP_MS);
  const line: Float32Array[] = Array.from({ length: late }, () => new Float32Array(HEARD_STEP));
  const said = (step: number, voice: Float32Array): Float32Array => voice.subarray(step * STEP, (step + 1) * STEP);
  const events: DetectorEvent[] = [];
  for (let step = 0; step < (options.seconds * 1000) / STEP_MS; step++) {
    now += STEP_MS;
    const seconds = (step * STEP_MS) / 1000;
    const marked = encoder.process(said(step, agentVoice));
    encoder.heard(step < WAY ? new Float32Array(STEP) : said(step - WAY, agentHears));
    line.push(telephone(seconds >= (options.takenOverAt ?? Infinity) ? said(step, callerVoice) : marked));
    while (records.length > 0) {
      const record = records.shift()!;
      if (options.records !== false) publishers.get(hex(record.cardHash))!(record);
    }
    channel.disclose();
    options.during?.(seconds, detector, session);
    detector.sent(telephone(said(step, callerVoice)));
    events.push(...detector.push(line.shift()!));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { events, detector };
}

/** The states that the verifier went through. */
export const states = (events: DetectorEvent[]): string[] => events.flatMap((e) => (e.type === 'state' ? [e.state] : []));
