import { InProcessChannel } from '@undertone/channel';
import { createDetector, type DetectorEvent } from '@undertone/detector';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, markCall, speech, T0, telephone, trust } from './call.ts';

let call: Call;
beforeAll(async () => {
  call = markCall(await speech('it-m'));
});

const FRAME = 640;

/** Plays the call to a live verifier; records are published as slots end, keys as they fall due. */
async function listen(options: {
  lateMs?: number;
  channel?: boolean;
  expected?: boolean;
  signalled?: boolean;
  dishonest?: boolean;
}): Promise<DetectorEvent[]> {
  const { lateMs = 0 } = options;
  let now = T0;
  const channel = new InProcessChannel(() => now);
  const publish = channel.open(call.session);
  const pending = call.records.slice();
  const operate = (): void => {
    while (pending.length > 0 && T0 + pending[0].slot * 2560 + 400 <= now) publish(pending.shift()!);
    channel.disclose();
  };
  now += lateMs;
  operate();
  const timeless = {
    resolve: channel.resolve.bind(channel),
    subscribe: channel.subscribe.bind(channel),
    challenge: async () => null,
    time: async () => null,
  };
  const detector = createDetector({
    sampleRate: 8000,
    trust,
    clock: () => now,
    ...(options.channel === false ? {} : { channel: options.dishonest ? timeless : channel }),
    ...(options.signalled ? { expect: [{ card: call.session.card.bytes, claims: call.session.claims }] } : {}),
  });
  const heard = telephone(call.samples);
  const events: DetectorEvent[] = [];
  for (let at = 0; at < heard.length; at += FRAME) {
    now += 80;
    operate();
    events.push(...detector.push(heard.subarray(at, at + FRAME)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return events;
}

const states = (events: DetectorEvent[]): string[] => events.flatMap((e) => (e.type === 'state' ? [e.state] : []));

describe('a live call over µ-law with the verification channel', () => {
  it('goes from claimed to live', async () => {
    expect(states(await listen({}))).toEqual(['claimed', 'live']);
  });
  it('is live within ten seconds when the session is known from signalling', async () => {
    const live = (await listen({ signalled: true })).find((e) => e.type === 'state' && e.state === 'live');
    expect(live?.seconds).toBeLessThan(10);
  });
  it('is never live when it is a replay, and the replay is named', async () => {
    const events = await listen({ lateMs: 60_000 });
    expect(states(events)).not.toContain('live');
    expect(events).toContainEqual(expect.objectContaining({ type: 'finding', finding: { code: 'replayed' } }));
  });
  it('is never live without a bound on the operator’s clock', async () => {
    expect(states(await listen({ dishonest: true, signalled: true }))).not.toContain('live');
  });
  it('is a claim and no more without the channel', async () => {
    const events = await listen({ channel: false });
    expect(states(events)).toEqual([]);
    expect(events.map((e) => e.type)).toContain('claimed');
  });
});
