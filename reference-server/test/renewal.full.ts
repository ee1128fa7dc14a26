/** Cards that change during a call: for another persona, and because a card ends before the call does. The verifier stays live. */
import type { DetectorEvent } from '@undertone/detector';
import { fromHex, hex, parseCard, parseSessionRecord, SLOT_MS, verifySessionRecord } from '@undertone/token';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './support.ts';
import { type TestService, testService, VerifiedCall } from './verified-call.ts';

const CARD_SECONDS = 60;

let service: TestService;
beforeAll(async () => {
  service = await testService({ cardSeconds: CARD_SECONDS, maxCallSeconds: 600 });
}, 120_000);
afterAll(() => service?.close());

const renewals = ({ events }: VerifiedCall) =>
  events.filter((event): event is Extract<DetectorEvent, { type: 'renewed' }> => event.type === 'renewed');

it('another voice brings another card, and nothing but the sound between is live', async () => {
  const call = await VerifiedCall.begin(service);
  expect(await until(() => call.live, 60_000), JSON.stringify(call.events)).toBe(true);
  // The first slots of a card are never its last ones.
  await call.liveUntil(() => false, 10_000);
  const askedMs = Date.now();
  call.talker.client.sendMetadata({ persona: { voice: 'marco' } });
  const told = () => call.talker.metadata.find((m) => m.type === 'renewed');
  expect(await until(() => told() !== undefined, 30_000)).toBe(true);
  const { sessionId, reason, card, claims } = told() as { sessionId: string; reason: string; card: string; claims: object };
  const beginsMs = parseCard(fromHex(card)).t0Ms;
  const alive = await call.liveUntil(() => call.detector.states().get(sessionId) === 'live', 60_000);
  const becameMs = Date.now();
  call.hangUp();

  expect(reason).toBe('persona');
  expect(renewals(call)).toMatchObject([{ nextSessionId: sessionId, reason: 'persona' }]);
  expect(claims).toMatchObject({ previousCard: hex(parseCard(fromHex(firstCard(call))).cardHash) });
  expect(call.events.filter((event) => event.type === 'persona')).toMatchObject([{ kind: 'changed' }]);
  expect(alive).toEqual({ lostSeconds: 0 });
  expect(beginsMs - askedMs).toBeLessThan(20_480 + 2 * SLOT_MS);
  console.log(
    `new persona: its card began ${((beginsMs - askedMs) / 1000).toFixed(1)} s after it was asked for, was live ${((becameMs - askedMs) / 1000).toFixed(1)} s after; live was lost for ${alive?.lostSeconds} s`,
  );
}, 240_000);

it('a call goes on from card to card, and each card has a session record that holds; a nonce goes on too', async () => {
  const call = await VerifiedCall.begin(service);
  expect(await until(() => call.live, 60_000)).toBe(true);
  const [firstId] = [...call.detector.states().keys()];
  // So late that the first card cannot answer any more: it is renewed 20 s before its end.
  const late = parseCard(fromHex(firstCard(call))).t0Ms + (CARD_SECONDS - 25) * 1000;
  expect(await call.liveUntil(() => Date.now() > late, CARD_SECONDS * 1000)).toEqual({ lostSeconds: 0 });
  call.detector.challenge(firstId);
  const twice = await call.liveUntil(
    () => {
      const next = renewals(call).at(-1)?.nextSessionId;
      return renewals(call).length === 2 && call.detector.states().get(next!) === 'live';
    },
    3 * CARD_SECONDS * 1000,
  );
  const marks = call.talker.metadata.filter((m) => m.type === 'mark').at(-1);
  call.hangUp();

  expect(twice, story(call)).toEqual({ lostSeconds: 0 });
  expect(renewals(call).map(({ reason }) => reason)).toEqual(['time', 'time']);
  const answered = call.events.filter((event) => event.type === 'challenge');
  expect(answered).toMatchObject([{ sessionId: renewals(call)[0].nextSessionId, state: 'answered' }]);
  expect(call.talker.errors).toEqual([]);
  expect(marks).toMatchObject({ framesUnmarked: 0 });
  const cards = [firstCard(call), ...call.talker.metadata.filter((m) => m.type === 'renewed').map((m) => m.card as string)];
  for (const card of cards) {
    const { cardHash } = parseCard(fromHex(card));
    const url = `${service.operator.url}/v1/sessions/${hex(cardHash)}/record`;
    let record = parseSessionRecord(await (await fetch(url)).json());
    for (const end = Date.now() + 30_000; record.signature === null && Date.now() < end; )
      record = parseSessionRecord(await (await fetch(url)).json());
    expect(verifySessionRecord(record, service.trust)).toMatchObject({ ok: true });
  }
}, 400_000);

/** All but the growth of proofs, for a failure. */
const story = ({ events, talker }: VerifiedCall): string =>
  JSON.stringify([events.filter(({ type }) => type !== 'proof'), talker.errors, talker.ended]);
const firstCard = ({ talker }: VerifiedCall): string => talker.metadata.find((m) => m.type === 'session')!.card as string;
