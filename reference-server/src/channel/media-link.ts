/** The channel's side of the link: questions to the media's process, with an end to waiting. */
import type { TimeAnswer } from '@undertone/channel';
import { ServerError } from '../errors.ts';
import type { TimeReply } from './link.ts';

const WAIT_MS = 3000;
/** Questions that wait at once; more than that is a flood. */
const MAX_WAITING = 1024;

export class MediaLink {
  readonly #send: (message: object) => void;
  readonly #waiting = new Map<number, (reply: TimeReply['time']) => void>();
  #next = 1;

  constructor(send: (message: object) => void) {
    this.#send = send;
  }

  /** The operator's signed time; null when no such session speaks here. Rejects with `identity-unavailable` without an answer. */
  time(card: Uint8Array, nonce: Uint8Array): Promise<TimeAnswer | null> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new ServerError('identity-unavailable', 'too many questions'));
    const ask = this.#next++;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(ask);
        reject(new ServerError('identity-unavailable', 'the media process does not answer'));
      }, WAIT_MS);
      this.#waiting.set(ask, (reply) => {
        clearTimeout(late);
        resolve(reply);
      });
      this.#send({ ask, card, nonce });
    });
  }

  /** Takes a reply. */
  take({ answer, time }: TimeReply): void {
    const waiting = this.#waiting.get(answer);
    this.#waiting.delete(answer);
    waiting?.(time);
  }
}
