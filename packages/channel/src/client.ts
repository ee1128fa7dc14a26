/** The verification channel over the network: questions over HTTPS, the feed over WebSocket or by polling. */
import { CARD_BYTES, checkNonce, hex, sha256, TIME_NONCE_BYTES } from '@undertone/token';
import { type AskOptions, ask } from './ask.ts';
import type { ChallengeAnswer, ChannelListener, ResolvedSession, TimeAnswer, VerificationChannel } from './channel.ts';
import { ChannelError } from './errors.ts';
import { Follower } from './follower.ts';
import { MAX_RESOLVED_SESSIONS, readChallenge, readSessions, readTime } from './messages.ts';
import { pollFeed } from './poll-feed.ts';
import { SocketFeed, type WebSocketConstructor } from './socket-feed.ts';
import type { WireFormat } from './wire.ts';

/** Most resolvers one client asks. */
export const MAX_RESOLVERS: number = 16;
/** Sessions whose resolver is remembered. */
const KEPT_HOMES = 1024;

/** An issuer's resolver. */
export interface Resolver {
  /** `https://…`, or `http://…` on a network that is trusted by itself. */
  readonly url: string;
  /** Key identifiers (8 hexadecimal digits) for which this resolver may speak; absent means any trusted issuer. */
  readonly kids?: readonly string[];
}

/** Options of {@link createChannelClient}. */
export interface ChannelClientOptions {
  /** At most 16; each is asked for every locator. */
  readonly resolvers: readonly Resolver[];
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
  /** Default: the platform's; `null`, or a platform without one, means that feeds are polled. */
  readonly WebSocket?: WebSocketConstructor | null;
  /** Default `msgpack`. */
  readonly format?: WireFormat;
  /** For one question; default 5000. */
  readonly timeoutMs?: number;
}

/** A verification channel that can be closed. */
export interface ChannelClient extends VerificationChannel {
  /** Ends every subscription and connection. */
  close(): void;
}

/** Makes a client. Throws `channel-bad-option`. */
export function createChannelClient(options: ChannelClientOptions): ChannelClient {
  const { resolvers } = options;
  if (resolvers.length === 0 || resolvers.length > MAX_RESOLVERS)
    throw new ChannelError('channel-bad-option', `1 to ${MAX_RESOLVERS} resolvers`);
  return new NetworkChannel(options);
}

interface Home {
  readonly base: URL;
  readonly kids: ReadonlySet<string> | null;
  feed: SocketFeed | null;
}

function home({ url, kids }: Resolver): Home {
  let base: URL;
  try {
    base = new URL(url.endsWith('/') ? url : `${url}/`);
  } catch {
    throw new ChannelError('channel-bad-option', `not a URL: ${url.slice(0, 100)}`);
  }
  if (base.protocol !== 'https:' && base.protocol !== 'http:')
    throw new ChannelError('channel-bad-option', 'resolvers speak HTTPS');
  return { base, kids: kids ? new Set(kids) : null, feed: null };
}

class NetworkChannel implements ChannelClient {
  readonly #homes: readonly Home[];
  readonly #ask: AskOptions;
  readonly #WebSocket: WebSocketConstructor | null;
  /** Where each card was found: only that resolver is asked about it further, so that another can't speak for it. */
  readonly #found = new Map<string, Home>();
  readonly #ends = new Set<() => void>();

  constructor(options: ChannelClientOptions) {
    this.#homes = options.resolvers.map(home);
    const { fetch: given, format = 'msgpack', timeoutMs = 5000 } = options;
    this.#ask = { fetch: given ?? ((input, init) => globalThis.fetch(input, init)), format, timeoutMs };
    const platform = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket ?? null;
    this.#WebSocket = options.WebSocket === undefined ? platform : options.WebSocket;
  }

  async resolve(locator: Uint8Array): Promise<readonly ResolvedSession[]> {
    const answers = await Promise.allSettled(this.#homes.map((at) => this.#sessions(at, locator)));
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed && answers.every((answer) => answer.status === 'rejected')) throw failed.reason;
    const sessions = new Map<string, ResolvedSession>();
    for (const [i, answer] of answers.entries()) {
      if (answer.status === 'rejected') continue;
      for (const session of answer.value) {
        const card = hex(sha256(session.card));
        if (sessions.has(card) || sessions.size >= MAX_RESOLVED_SESSIONS) continue;
        sessions.set(card, session);
        this.#remember(card, this.#homes[i]);
      }
    }
    return [...sessions.values()];
  }

  async #sessions(at: Home, locator: Uint8Array): Promise<ResolvedSession[]> {
    const url = new URL('v1/sessions', at.base);
    url.searchParams.set('locator', hex(locator));
    const answer = await ask(url, this.#ask);
    if (answer === null) return [];
    const named = (card: Uint8Array): boolean =>
      card.length === CARD_BYTES && hex(sha256(card).subarray(0, locator.length)) === hex(locator);
    return readSessions(answer).filter(({ card }) => named(card) && (at.kids === null || at.kids.has(hex(card.subarray(2, 6)))));
  }

  #remember(card: string, at: Home): void {
    if (this.#found.has(card)) return;
    if (this.#found.size >= KEPT_HOMES) this.#found.delete(this.#found.keys().next().value as string);
    this.#found.set(card, at);
  }

  /** The resolvers that may know a card: the one where it was found, or all. */
  #asked(card: string): readonly Home[] {
    const found = this.#found.get(card);
    return found ? [found] : this.#homes;
  }

  async time(cardHash: Uint8Array, nonce: Uint8Array): Promise<TimeAnswer | null> {
    if (nonce.length !== TIME_NONCE_BYTES) throw new ChannelError('channel-bad-option', 'a nonce has 16 bytes');
    return this.#first(cardHash, async (at) => {
      const url = new URL(`v1/sessions/${hex(cardHash)}/time`, at.base);
      url.searchParams.set('nonce', hex(nonce));
      const answer = await ask(url, this.#ask);
      return answer === null ? null : readTime(answer);
    });
  }

  async challenge(cardHash: Uint8Array, nonce: Uint8Array): Promise<ChallengeAnswer | null> {
    checkNonce(nonce);
    return this.#first(cardHash, async (at) => {
      const url = new URL(`v1/sessions/${hex(cardHash)}/challenge`, at.base);
      url.searchParams.set('nonce', hex(nonce));
      const answer = await ask(url, this.#ask, 'POST');
      return answer === null ? null : readChallenge(answer);
    });
  }

  /** Asks where the card was found, or one resolver after another until one knows it. */
  async #first<T>(cardHash: Uint8Array, question: (at: Home) => Promise<T | null>): Promise<T | null> {
    const card = hex(cardHash);
    let failure: unknown = null;
    for (const at of this.#asked(card)) {
      try {
        const answer = await question(at);
        if (answer === null) continue;
        this.#remember(card, at);
        return answer;
      } catch (error) {
        if (!(error instanceof ChannelError)) throw error;
        failure = error;
      }
    }
    if (failure !== null) throw failure;
    return null;
  }

  subscribe(cardHash: Uint8Array, listener: ChannelListener): () => void {
    const homes = this.#asked(hex(cardHash));
    const follower = new Follower(cardHash, listener, homes.length);
    const ends = homes.map((at) => this.#follow(at, follower));
    const end = (): void => {
      this.#ends.delete(end);
      for (const one of ends) one();
    };
    this.#ends.add(end);
    return end;
  }

  #follow(at: Home, follower: Follower): () => void {
    if (this.#WebSocket === null) return pollFeed(at.base, follower, this.#ask);
    at.feed ??= new SocketFeed(at.base, this.#WebSocket, this.#ask.format);
    return at.feed.follow(follower);
  }

  close(): void {
    for (const end of this.#ends) end();
  }
}
