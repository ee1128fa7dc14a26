/** A verified call that changes: what the verifier makes of it, over µ-law, with records and keys arriving as in a call. */
import { InProcessChannel } from '@undertone/channel';
import { createDetector, type DetectorEvent, type StatusOf } from '@undertone/detector';
import { createEncoder } from '@undertone/encoder';
import {
  createRecord,
  createRenewal,
  createSession,
  hex,
  personaHash,
  type Renewal,
  renewSession,
  type Session,
  type SlotRecord,
  utf8,
} from '@undertone/token';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, issuer, markCall, RATE, seeded, speech, T0, telephone, trust } from './call.ts';

const CHUNK = 640;
const SLOT_S = 2.56;
/** After a slot's end its record is published, ms. */
const PUBLISHED_MS = 400;

let call: Call;
let marked: Float32Array;
let other: Float32Array;
beforeAll(async () => {
  call = markCall(await speech('it-m'));
  marked = telephone(call.samples);
  other = telephone(await speech('ru-f'));
});

interface Operator {
  readonly session: Session;
  readonly records: readonly SlotRecord[];
}

interface Play {
  readonly heard: Float32Array;
  readonly operators?: readonly Operator[];
  readonly status?: StatusOf;
  /** The channel says nothing between these times, seconds. */
  readonly silentFrom?: number;
  readonly silentTo?: number;
  /** Called before each chunk. */
  readonly at?: (seconds: number, channel: InProcessChannel) => void;
}

/** Plays sound to a live verifier that knows the first operator's session from signalling. */
async function play({
  heard,
  operators = [call],
  status,
  silentFrom = Infinity,
  silentTo = Infinity,
  at,
}: Play): Promise<DetectorEvent[]> {
  let now = T0;
  const channel = new InProcessChannel(() => now);
  const publishers = operators.map(({ session, records }) => ({
    session,
    publish: channel.open(session),
    pending: [...records],
  }));
  const { session } = operators[0];
  const detector = createDetector({
    sampleRate: 8000,
    trust,
    clock: () => now,
    channel,
    expect: [{ card: session.card.bytes, claims: session.claims }],
    ...(status ? { status } : {}),
  });
  const events: DetectorEvent[] = [];
  for (let from = 0; from < heard.length; from += CHUNK) {
    now += (CHUNK / 8000) * 1000;
    const seconds = (now - T0) / 1000;
    at?.(seconds, channel);
    if (seconds < silentFrom || seconds >= silentTo) {
      for (const { session, publish, pending } of publishers)
        while (pending.length > 0 && session.card.t0Ms + pending[0].slot * 2560 + PUBLISHED_MS <= now) publish(pending.shift()!);
      channel.disclose();
    }
    events.push(...detector.push(heard.subarray(from, from + CHUNK)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return events;
}

/** Changes of state, without the claim that comes before the proof. */
const states = (events: DetectorEvent[]) =>
  events.filter((event) => event.type === 'state').filter(({ state }) => state !== 'claimed');
const story = (events: DetectorEvent[]): string[] => states(events).map(({ state, reason }) => `${state}: ${reason}`);
const findings = (events: DetectorEvent[]): string[] => events.flatMap((e) => (e.type === 'finding' ? [e.finding.code] : []));
const spliced = (before: Float32Array, after: Float32Array, seconds: number): Float32Array => {
  const out = before.slice();
  out.set(after.subarray(0, Math.max(0, out.length - seconds * 8000)), seconds * 8000);
  return out;
};

describe('a live call', () => {
  it.each([
    10, 12, 14,
  ])('is lost within two slots when another voice takes over at %i s, and the reason is named', async (from) => {
    const events = await play({ heard: spliced(marked, other, from) });
    expect(story(events).slice(0, 2)).toEqual(['live: proven-live', 'stale: unexplained-speech']);
    expect(story(events)).toHaveLength(2);
    // The slot that was running, two whole ones, the keys' delay and the time to publish.
    const lost = states(events)[1].seconds;
    expect(lost - from).toBeLessThan(3 * SLOT_S + 2 + 0.5);
  });

  it('is lost where every other 0.6 s of the agent comes late, its mark with it: the rest could be anything', async () => {
    const piece = 0.6 * 8000;
    const pieces = marked.map((v, i) => (i > 12 * 8000 && Math.floor(i / piece) % 2 === 0 ? marked[i - 1.2 * 8000] : v));
    const events = await play({ heard: pieces });
    expect(story(events)).toEqual(['live: proven-live', 'stale: unexplained-speech']);
  });

  it('goes on through half a minute of silence, and no longer', async () => {
    const heard = new Float32Array(8000 * 55);
    heard.set(marked.subarray(0, 8000 * 15));
    const events = await play({ heard });
    expect(story(events)).toEqual(['live: proven-live', 'stale: silence-timeout']);
    expect(states(events)[1].seconds).toBeGreaterThan(40);
  });

  it('is stale when the channel is lost, and live again by fresh proof when it comes back', async () => {
    const events = await play({ heard: marked, silentFrom: 9, silentTo: 19 });
    expect(story(events)).toEqual(['live: proven-live', 'stale: channel-lost', 'live: proven-live']);
    expect(states(events)[1].seconds).toBeLessThan(9 + 3 * SLOT_S + 2 + SLOT_S);
  });

  it('is revoked while it goes on, for good', async () => {
    let asked = 0;
    const status: StatusOf = () => ({
      now: async () => ({ status: asked++ < 2 ? 'valid' : 'revoked' }),
      get askAgainMs() {
        return T0 + asked * 4000;
      },
    });
    const events = await play({ heard: marked, status });
    expect(story(events)).toEqual(['live: proven-live', 'revoked: revoked']);
    expect(findings(events)).toContain('card-revoked');
  });

  it('says so when nobody can be asked about the status', async () => {
    const status: StatusOf = () => ({ now: () => Promise.reject(new Error('offline')), askAgainMs: 0 });
    const events = await play({ heard: marked.subarray(0, 8000 * 12), status });
    expect(story(events)).toEqual(['live: proven-live']);
    expect(findings(events)).toContain('status-unknown');
  });

  it('is in conflict when its operator signs two records of one slot', async () => {
    const twin = createRecord({ ...call.records[3], sentMap: 1 }, (m) => call.session.signWithSessionKey(m));
    const operators = [{ session: call.session, records: [...call.records.slice(0, 6), twin, ...call.records.slice(6)] }];
    const events = await play({ heard: marked, operators });
    expect(story(events).slice(0, 2)).toEqual(['live: proven-live', 'conflict: equivocation']);
  });

  it('is over when its notice says so, whatever is heard after it', async () => {
    const end = createRenewal({ lastSlot: 4, next: null, reason: 'end' }, call.session.card, (m) =>
      call.session.signWithSessionKey(m),
    );
    const events = await play({ heard: marked, at: (seconds, channel) => seconds === 8 && channel.renew(end) });
    expect(story(events)).toEqual(['live: proven-live', 'stale: ended']);
  });

  it('tells what its operator signs about the persona, and what does not hold', async () => {
    const { session } = call;
    const none = { voicePersona: new Uint8Array(32), rolePersona: new Uint8Array(32) };
    const again = session.createPersonaEvent({ slot: 2, kind: 'reinjected', ...none });
    const skipped = session.createPersonaEvent({ slot: 2, kind: 'drifted', ...none });
    const third = session.createPersonaEvent({ slot: 3, kind: 'reinjected', ...none });
    expect(skipped.number).toBe(2);
    const at = (seconds: number, channel: InProcessChannel) => {
      if (seconds === 4) channel.persona(again);
      if (seconds === 6) channel.persona(third);
    };
    const events = await play({ heard: marked.subarray(0, 8000 * 8), at });
    expect(events.filter((event) => event.type === 'persona')).toMatchObject([{ kind: 'reinjected', slot: 2 }]);
    expect(findings(events)).toContain('event-chain-broken');
  });
});

describe('a renewal', () => {
  const LAST_SLOT = 5;
  let heard: Float32Array;
  let operators: [Operator, Operator];
  let renewal: Renewal;

  /** One voice, the second session taking over where the first one's last slot ends. */
  beforeAll(async () => {
    const samples = await speech('it-m');
    const rolePersona = hex(personaHash('role', utf8('second')));
    const claims = { scope: ['a:read'], constraints: {} };
    const first = createSession({ issuer, agent: 'concierge', t0Ms: T0, claims, random: seeded(50) });
    const next = renewSession(first, {
      issuer,
      lastSlot: LAST_SLOT,
      reason: 'persona',
      claims: { rolePersona },
      random: seeded(51),
    });
    renewal = next.renewal;
    const records: SlotRecord[] = [];
    const encoder = createEncoder({ session: first, sampleRate: RATE, lookahead: 'frame', onRecord: (r) => records.push(r) });
    encoder.renew(next.session, LAST_SLOT);
    const out = [encoder.process(samples), encoder.flush()].flatMap((part) => [...part]);
    heard = telephone(Float32Array.from(out.slice(encoder.latencySamples)));
    operators = [
      { session: first, records: records.slice(0, LAST_SLOT) },
      { session: next.session, records: records.slice(LAST_SLOT) },
    ];
  });

  it('is followed from card to card without a moment that is not live', async () => {
    const at = (seconds: number, channel: InProcessChannel) => seconds === 8 && channel.renew(renewal);
    const events = await play({ heard, operators, at });
    const [first, second] = operators.map(({ session }) => hex(session.locator));
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'renewed', sessionId: first, nextSessionId: second, reason: 'persona' }),
    );
    const told = states(events).map(({ sessionId, state, reason }) => [sessionId === first ? 'first' : 'second', state, reason]);
    expect(told).toEqual([
      ['first', 'live', 'proven-live'],
      ['second', 'live', 'proven-live'],
      ['first', 'stale', 'ended'],
    ]);
  });

  it('is not followed by another voice: live is lost as in any takeover', async () => {
    const cut = LAST_SLOT * SLOT_S;
    const at = (seconds: number, channel: InProcessChannel) => seconds === 8 && channel.renew(renewal);
    const events = await play({ heard: spliced(heard, other, cut), operators, at });
    expect(story(events)).toEqual(['live: proven-live', 'stale: unexplained-speech']);
    expect(states(events)[1].seconds - cut).toBeLessThan(3 * SLOT_S + 2 + 0.5);
  });

  it('that the next card does not confirm is not followed', async () => {
    const first = operators[0].session;
    const stranger = { session: createSession({ issuer, agent: 'concierge', t0Ms: T0 + LAST_SLOT * 2560 }), records: [] };
    const forged = createRenewal({ lastSlot: LAST_SLOT, next: stranger.session.card, reason: 'time' }, first.card, (m) =>
      first.signWithSessionKey(m),
    );
    const at = (seconds: number, channel: InProcessChannel) => seconds === 8 && channel.renew(forged);
    const events = await play({ heard, operators: [operators[0], stranger], at });
    expect(findings(events)).toContain('next-card-unlinked');
    expect(events.some((event) => event.type === 'renewed')).toBe(false);
  });
});
