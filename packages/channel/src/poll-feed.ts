/** Follows a session by asking again and again: for platforms without WebSocket, such as Node 20 without `ws`. */
import { hex } from '@undertone/token';
import { type AskOptions, ask } from './ask.ts';
import { Backoff } from './backoff.ts';
import { ChannelError } from './errors.ts';
import type { Follower } from './follower.ts';
import { readPage } from './messages.ts';

/** A record must be here before its key is due, 2 s or more after its slot; it is published after about 0.4 s. */
const EVERY_MS = 300;

/** Follows one session from where the follower is. @returns a function that ends it */
export function pollFeed(base: URL, follower: Follower, options: AskOptions): () => void {
  const backoff = new Backoff();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let stopped = false;

  const next = (ms: number): void => {
    if (stopped || follower.ended) return;
    timer = setTimeout(() => void poll(), ms);
    (timer as { unref?: () => void }).unref?.();
  };
  const poll = async (): Promise<void> => {
    const url = new URL(`v1/sessions/${hex(follower.cardHash)}/feed`, base);
    url.searchParams.set('after', String(follower.after));
    try {
      const answer = await ask(url, options);
      if (stopped) return;
      if (answer === null) return follower.refused('session-unknown');
      const page = readPage(answer);
      for (const item of page.items) follower.take(item);
      backoff.reset();
      next(page.more && page.items.length > 0 ? 0 : EVERY_MS);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      next(backoff.next());
    }
  };
  next(0);
  return () => {
    stopped = true;
    if (timer !== null) clearTimeout(timer);
  };
}
