/** What does not count in the sealed lane during a call: what comes late, without a clock bound, for another nonce, from another caller. */
import type { InProcessChannel, VerificationChannel } from '@undertone/channel';
import { hex } from '@undertone/token';
import { describe, expect, it } from 'vitest';
import { converse, states } from './converse.ts';

const PATIENCE = 600_000;

const changed = (channel: InProcessChannel, change: Partial<VerificationChannel>): VerificationChannel => ({
  resolve: channel.resolve.bind(channel),
  subscribe: channel.subscribe.bind(channel),
  time: channel.time.bind(channel),
  challenge: channel.challenge.bind(channel),
  ...change,
});

describe('a verifier without records', () => {
  it(
    'is stale half a minute after the last sealed frame of a voice that another took over',
    async () => {
      const { events } = await converse({ seconds: 100, epochSlots: 4, records: false, takenOverAt: 55 });
      expect(states(events)).toEqual(['claimed', 'live', 'stale']);
    },
    PATIENCE,
  );
  it(
    'is never live by tags that come late',
    async () => {
      const { events } = await converse({ seconds: 60, epochSlots: 4, records: false, lateMs: 4000 });
      expect(events.filter((e) => e.type === 'tag')).toEqual([]);
      expect(states(events)).not.toContain('live');
    },
    PATIENCE,
  );
  it(
    'is never live without a bound on the operator’s clock',
    async () => {
      const through = (channel: InProcessChannel) => changed(channel, { time: async () => null });
      expect(states((await converse({ seconds: 60, epochSlots: 4, records: false, through })).events)).not.toContain('live');
    },
    PATIENCE,
  );
});

describe('an agent that is asked', () => {
  it(
    'shortly before its card ends answers under the next one, once',
    async () => {
      const { events, detector } = await converse({
        seconds: 84,
        lastSlot: 5,
        during: (seconds, listening, session) => {
          if (seconds === 10) listening.challenge(hex(session.locator));
        },
      });
      const { nextSessionId } = events.find((e) => e.type === 'renewed')!;
      const answered = events.filter((e) => e.type === 'challenge');
      expect(answered).toMatchObject([{ sessionId: nextSessionId, number: 0, state: 'answered' }]);
      expect(detector.report().challenges).toMatchObject([{ sessionId: nextSessionId, state: 'answered' }]);
      expect(events.filter((e) => e.type === 'finding')).toEqual([]);
    },
    PATIENCE,
  );
  it(
    'is found out when it answers another nonce',
    async () => {
      const { events } = await converse({
        seconds: 45,
        through: (channel) =>
          changed(channel, {
            challenge: (card, nonce) =>
              channel.challenge(
                card,
                nonce.map((byte) => byte ^ 1),
              ),
          }),
        during: (seconds, listening, session) => {
          if (seconds === 8) listening.challenge(hex(session.locator));
        },
      });
      expect(events).toContainEqual(expect.objectContaining({ type: 'challenge', state: 'failed' }));
      expect(events).toContainEqual(expect.objectContaining({ type: 'finding', finding: { code: 'challenge-mismatch' } }));
    },
    PATIENCE,
  );
  it(
    'is told from one that takes no nonce',
    async () => {
      const { events } = await converse({
        seconds: 10,
        through: (channel) => changed(channel, { challenge: async () => ({ refused: 'challenge-unsupported' }) }),
        during: (seconds, listening, session) => {
          if (seconds === 8) listening.challenge(hex(session.locator));
        },
      });
      expect(events).toContainEqual(expect.objectContaining({ type: 'finding', finding: { code: 'challenge-unsupported' } }));
    },
    PATIENCE,
  );
});

describe('what the agent says it heard', () => {
  it(
    'is this side of the call, after enough of it',
    async () => {
      const { events, detector } = await converse({ seconds: 150 });
      expect(events.filter((e) => e.type === 'two-way')).toHaveLength(1);
      // The way there and back, and what the encoder needs to look ahead.
      expect(detector.report().twoWay[0].delaySeconds).toBeCloseTo(0.4, 1);
    },
    PATIENCE,
  );
  it(
    'is not another caller',
    async () => {
      const { events, detector } = await converse({ seconds: 150, otherCaller: true });
      expect(events.filter((e) => e.type === 'two-way')).toEqual([]);
      expect(detector.report().twoWay[0].slots).toBeGreaterThan(2);
    },
    PATIENCE,
  );
});
