import { createDetector } from '@undertone/detector';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_RATE } from '../src/engines/engine.ts';
import { channelOf, type Fleet, havePostgres, outlives, startFleet } from './fleet/fleet.ts';
import { Talker, until } from './support.ts';

if (havePostgres())
  describe('two whole servers with one Postgres', () => {
    let fleet: Fleet;
    beforeAll(async () => {
      fleet = await startFleet('server.mjs');
    });
    afterAll(() => fleet?.stop());

    it('prove a call at the one to a verifier that asks only the other, also when the one is gone', async () => {
      const { one, other, trust } = fleet;
      const channel = channelOf(other);
      const detector = createDetector({ sampleRate: ENGINE_RATE, trust, channel });
      const states: string[] = [];
      const url = new URL('/api/chat?metadata=1', one.ready.url!.replace('http', 'ws'));
      const call = await Talker.call(url, () => null, {
        frame(samples) {
          for (const event of detector.push(samples)) if (event.type === 'state') states.push(event.state);
        },
      });
      expect(await until(() => states.includes('live') || call.ended !== null, 60_000), `${call.ended} ${states}`).toBe(true);
      expect(states).toContain('live');
      const session = call.metadata.find(({ type }) => type === 'session') as { card: string };
      channel.close();
      await outlives(fleet, session.card);
    });
  });
