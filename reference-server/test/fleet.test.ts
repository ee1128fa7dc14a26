import { createDetector } from '@undertone/detector';
import { fromHex, parseCard } from '@undertone/token';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { telephone } from '../../test/call.ts';
import { operatorNowMs } from '../src/clock.ts';
import { channelOf, type Fleet, havePostgres, outlives, startFleet } from './fleet/fleet.ts';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (havePostgres())
  describe('two servers with one Postgres', () => {
    let fleet: Fleet;
    beforeAll(async () => {
      fleet = await startFleet('speaker.mjs');
    });
    afterAll(() => fleet?.stop());

    it('prove a voice of the one to a verifier that asks only the other, also when the one is gone', async () => {
      const { one, other, trust } = fleet;
      const told = new Promise<{ card: string; samples: string }>((resolve) =>
        one.process.once('message', (message) => resolve(message as { card: string; samples: string })),
      );
      one.process.send('speak');
      const { card, samples } = await told;
      const heard = telephone(new Float32Array(new Uint8Array(Buffer.from(samples, 'base64')).buffer));
      const { t0Ms, locator } = parseCard(fromHex(card));
      await wait(t0Ms - operatorNowMs());

      const channel = channelOf(other);
      const found = await channel.resolve(locator);
      expect(found).toHaveLength(1);
      const detector = createDetector({ sampleRate: 8000, trust, channel, expect: found });
      const events: string[] = [];
      for (let at = 0; at < heard.length && !events.includes('live'); at += 800) {
        await wait(t0Ms + (at + 800) / 8 - operatorNowMs());
        for (const event of detector.push(heard.subarray(at, at + 800)))
          events.push(event.type === 'state' ? event.state : JSON.stringify(event));
      }
      expect(events.join(' ')).toContain('live');
      channel.close();
      await outlives(fleet, card);
    });
  });
