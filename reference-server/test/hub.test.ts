/** Feeds read together: who begins to follow in the middle of a read misses nothing. */
import type { FeedItem } from '@undertone/channel';
import { expect, it } from 'vitest';
import { Hub } from '../src/channel/hub.ts';
import type { SessionStore } from '../src/store/session-store.ts';

const cardHash = new Uint8Array(32).fill(1);
const feed: FeedItem[] = [1, 2, 3].map((seq) => ({ type: 'key', seq, slot: seq, key: new Uint8Array(12) }));

/** A feed of three items that is slow to answer. */
class SlowStore implements Pick<SessionStore, 'after'> {
  readonly answers: (() => void)[] = [];

  after(positions: Parameters<SessionStore['after']>[0]): ReturnType<SessionStore['after']> {
    const items = positions.flatMap(({ after }) => feed.filter(({ seq }) => seq > after).map((item) => ({ cardHash, item })));
    return new Promise((resolve) => this.answers.push(() => resolve(items)));
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('a follower who comes while the others are read for is sent the feed from its own place', async () => {
  const store = new SlowStore();
  const hub = new Hub(store, (error) => expect.unreachable(String(error)));
  const heard: Record<string, number[]> = { first: [], second: [] };
  const follower = (name: string, after: number) => ({
    cardHash,
    after,
    send: ({ seq }: FeedItem) => heard[name].push(seq) > 0,
  });
  hub.follow(follower('first', 1));
  hub.follow(follower('second', 0));
  while (store.answers.length > 0) {
    store.answers.shift()!();
    await turn();
  }
  expect(heard).toEqual({ first: [2, 3], second: [1, 2, 3] });
  const closing = hub.close();
  while (store.answers.length > 0) {
    store.answers.shift()!();
    await turn();
  }
  await closing;
});
