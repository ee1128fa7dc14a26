/** The channel's side of the link: questions to the media's process, with an end to waiting. */
import type { ChallengeAnswer, TimeAnswer } from '@undertone/channel';
import { ServerError, type ServerErrorCode } from '../errors.ts';
import type { ExchangedCard } from '../issuer/issuer.ts';
import type { Registration } from '../resolve/registration.ts';
import type { NewQuestion, Reply } from './link.ts';

const WAIT_MS = 5000;
/** Questions that wait at once; more than that is a flood. */
const MAX_WAITING = 1024;

export class MediaLink {
  readonly #send: (message: object) => void;
  readonly #waiting = new Map<number, (reply: Reply | null) => void>();
  #next = 1;

  constructor(send: (message: object) => void) {
    this.#send = send;
  }

  /** The operator's signed time; null when no such session speaks here. */
  time(card: Uint8Array, nonce: Uint8Array): Promise<TimeAnswer | null> {
    return this.#ask({ kind: 'time', card, nonce });
  }

  /** Hands a verifier's nonce to the voice of a session; null when no such session speaks here. */
  challenge(card: Uint8Array, nonce: Uint8Array): Promise<ChallengeAnswer | null> {
    return this.#ask({ kind: 'challenge', card, nonce });
  }

  /** A card for an agent's token. Rejects with `issuer-refused`. */
  exchange(request: Record<string, string>): Promise<ExchangedCard> {
    return this.#ask({ kind: 'exchange', request });
  }

  /** Changes a card's status. Rejects with `issuer-refused` or `session-unknown`. */
  status(request: unknown): Promise<null> {
    return this.#ask({ kind: 'status', request });
  }

  /** Registers a C2PA manifest. @returns its identifier. Rejects with `issuer-refused` or `manifest-malformed`. */
  manifest(registration: Registration): Promise<string> {
    return this.#ask({ kind: 'manifest', registration });
  }

  /** Rejects with the code of the other side, or `identity-unavailable` without an answer. */
  #ask<T>(asked: NewQuestion): Promise<T> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new ServerError('identity-unavailable', 'too many questions'));
    const ask = this.#next++;
    return new Promise((resolve, reject) => {
      const answered = (reply: Reply | null): void => {
        clearTimeout(late);
        this.#waiting.delete(ask);
        if (reply === null) reject(new ServerError('identity-unavailable', 'the media process does not answer'));
        else if ('error' in reply) reject(new ServerError(reply.error.code as ServerErrorCode, reply.error.message));
        else resolve(reply.value as T);
      };
      const late = setTimeout(() => answered(null), WAIT_MS);
      this.#waiting.set(ask, answered);
      this.#send({ ask, ...asked });
    });
  }

  /** Takes a reply. */
  take(reply: Reply): void {
    this.#waiting.get(reply.answer)?.(reply);
  }
}
