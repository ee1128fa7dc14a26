/** Threads that carry calls: who shares them, and what happens when one ends. */
import type { Worker } from 'node:worker_threads';
import type { Session, SlotRecord } from '@undertone/token';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '../src/identity.ts';
import { sleep, speech, Talker, type TestServer, testServer, until } from './support.ts';

const threads: Worker[] = [];
const keep = (thread: Worker): void => {
  threads.push(thread);
};
const published: { readonly session: Session; readonly records: SlotRecord[] }[] = [];
let voice: Float32Array;
let server: TestServer;

/** Keeps what every session publishes. */
function keeping(identity: Identity): Identity {
  return {
    async start(request) {
      const speaking = await identity.start(request);
      const records: SlotRecord[] = [];
      published.push({ session: speaking.session, records });
      return {
        ...speaking,
        publish: async (record) => {
          records.push(record);
          await speaking.publish(record);
        },
      };
    },
    close: () => identity.close(),
  };
}

beforeAll(async () => {
  process.on('worker', keep);
  const { InProcessIdentity } = await import('@undertone/reference-server');
  const { generateIssuerKey } = await import('@undertone/token');
  const identity = keeping(new InProcessIdentity(generateIssuerKey('Test issuer')));
  server = await testServer({ reinjectMinutes: 0, voiceThreads: 2 }, { identity: identity as never });
  voice = await speech('ru-f');
});
afterAll(async () => {
  process.off('worker', keep);
  await server.close();
});

const speaking = (): Promise<Talker> =>
  Talker.call(server.chatUrl('metadata=1'), (frame) => voice.subarray(frame * 1920, (frame + 1) * 1920));
const hears = (talker: Talker): Promise<boolean> => {
  const from = talker.frames.length;
  return until(() => talker.frames.length > from + 4 || talker.ended !== null);
};

describe('a voice thread', () => {
  it('that ends by itself ends its calls and no others, with a code, and loses no record that was signed; another takes its place', async () => {
    // Those begun last: the demonstration's voice has one of its own.
    const [first] = threads.slice(-2);
    const calls = [await speaking(), await speaking()];
    // The first slot is signed and published.
    expect(await until(() => published.every(({ records }) => records.length > 0))).toBe(true);
    const begun = threads.length;
    await first.terminate();
    expect(await until(() => calls[0].ended !== null)).toBe(true);
    expect(calls[0].errors[0]).toMatch(/^thread-ended: /);
    expect(calls[0].ended).toBe('thread-ended');
    expect(published[0].records.map(({ slot }) => slot)).toEqual([1]);
    expect(await hears(calls[1])).toBe(true);
    expect(calls[1].ended).toBeNull();
    const next = await speaking();
    expect(threads.length).toBe(begun + 1);
    expect(await hears(next)).toBe(true);
    expect(next.ended).toBeNull();
    for (const call of [calls[1], next]) call.hangUp();
  });

  it('signs what was said last when a call ends', async () => {
    const call = await speaking();
    const { session, records } = published.at(-1)!;
    await sleep(500);
    call.hangUp();
    // Less than a slot was said: its record comes with the end.
    expect(await until(() => records.length === 1)).toBe(true);
    expect(records[0]).toMatchObject({ slot: 1, state: 'end', cardHash: session.cardHash });
  });

  it('is told in the metrics', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    for (const thread of ['main', 'voice-0', 'voice-1'])
      expect(text).toMatch(new RegExp(`^undertone_thread_busy_seconds\\{thread="${thread}"\\} \\d`, 'm'));
  });
});
