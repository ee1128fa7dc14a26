/** What the sealed lane proves during a call: tags without records, answered nonces. */
import { createDetector } from '@undertone/detector';
import { hex } from '@undertone/token';
import { describe, expect, it } from 'vitest';
import { trust } from './call.ts';
import { converse, states } from './converse.ts';

const PATIENCE = 120_000;

describe('a verifier without records', () => {
  it(
    'is live by two tags whose words are the signed ones',
    async () => {
      const { events, detector } = await converse({ seconds: 52, epochSlots: 4, records: false });
      const tags = events.filter((e) => e.type === 'tag');
      expect(tags.map(({ holds, words }) => [holds, words])).toEqual(tags.map(() => [true, 'match']));
      expect(tags.length).toBeGreaterThanOrEqual(2);
      expect(states(events)).toEqual(['claimed', 'live']);
      expect(detector.report().spans[0]).toMatchObject({ state: 'live', content: 'weak', agent: 'concierge' });
    },
    PATIENCE,
  );
});

describe('an agent that is asked', () => {
  it(
    'answers nonces in its voice, each once',
    async () => {
      const { events, detector } = await converse({
        seconds: 84,
        during: (seconds, listening, session) => {
          if (seconds === 8 || seconds === 16) listening.challenge(hex(session.locator));
        },
      });
      const answered = events.filter((e) => e.type === 'challenge');
      expect(answered.map(({ number, state }) => [number, state])).toEqual([
        [0, 'answered'],
        [1, 'answered'],
      ]);
      expect(states(events).filter((s) => s !== 'claimed')).toEqual(['live']);
      expect(detector.report().challenges.map((c) => c.state)).toEqual(['answered', 'answered']);
    },
    PATIENCE,
  );
  it('is one whose session is followed', () => {
    expect(() => createDetector({ sampleRate: 8000, trust }).challenge('00')).toThrow('session 00 is not followed');
  });
});
