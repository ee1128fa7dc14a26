/** A nonce that a verifier gives to the server is answered in the voice, and the verifier hears it there. */
import type { DetectorEvent } from '@undertone/detector';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './support.ts';
import { type TestService, testService, VerifiedCall } from './verified-call.ts';

let service: TestService;
beforeAll(async () => {
  service = await testService();
}, 120_000);
afterAll(() => service?.close());

it('the answer is heard in the speech and holds', async () => {
  const call = await VerifiedCall.begin(service);
  expect(await until(() => call.live, 60_000), JSON.stringify(call.events)).toBe(true);
  const [sessionId] = [...call.detector.states().keys()];
  const askedMs = performance.now();
  call.detector.challenge(sessionId);
  const answer = () =>
    call.events.find((event): event is Extract<DetectorEvent, { type: 'challenge' }> => event.type === 'challenge');
  expect(await until(() => answer() !== undefined, 240_000)).toBe(true);
  console.log(`nonce answered ${((performance.now() - askedMs) / 1000).toFixed(1)} s after it was given: ${answer()!.state}`);
  const findings = call.events.flatMap((event) => (event.type === 'finding' ? [event.finding.code] : []));
  call.hangUp();
  expect(answer()).toMatchObject({ sessionId, number: 0, state: 'answered' });
  expect(findings.filter((code) => code.startsWith('challenge'))).toEqual([]);
}, 400_000);
