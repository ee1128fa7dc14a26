/**
 * The identity side of a server: sessions are made here, beside the media, and in this process alone their secrets are. The database and the
 * verification channel run in processes of their own.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { hex, type Session } from '@undertone/token';
import { formatVerifierKey, logEntry } from '@undertone/token/log';
import { operatorNowMs } from '../clock.ts';
import { ServerError } from '../errors.ts';
import {
  type Identity,
  type IdentityRequest,
  type NextSession,
  personaClaims,
  type RenewalRequest,
  type SpeakingSession,
} from '../identity.ts';
import { cardRequest } from '../issuer/card-request.ts';
import { Issuer, type IssuerOptions } from '../issuer/issuer.ts';
import type { Keystore } from '../issuer/keystore.ts';
import { statusRequest } from '../issuer/revocation.ts';
import { LogWriter } from '../log/log-writer.ts';
import type { WitnessAddress } from '../log/witness-client.ts';
import { register } from '../resolve/registration.ts';
import { type Database, type DatabaseAddress, openDatabase } from '../store/database.ts';
import { startEmbedded } from '../store/embedded.ts';
import { IssuerStore } from '../store/issuer-store.ts';
import { LogStore } from '../store/log-store.ts';
import { ManifestStore } from '../store/manifest-store.ts';
import { migrate } from '../store/schema.ts';
import { SessionStore } from '../store/session-store.ts';
import { type Supervised, supervise } from '../supervise.ts';
import { type ChannelReady, type ChannelSetup, type Question, question } from './link.ts';
import { PublishedSession } from './speaking.ts';

/** Codes of what an operator should see in the log. */
export type OperatorNotice =
  | 'store-restarted'
  | 'channel-restarted'
  | 'channel-problem'
  | 'issuer-problem'
  | 'log-problem'
  | 'session-unfinished';

/** Options of {@link startOperator}. */
export interface OperatorOptions {
  readonly keystore: Keystore;
  /** `postgres://…` for a server, or the folder of the embedded database. */
  readonly database: { readonly url: string } | { readonly folder: string };
  /** Where the verification channel listens. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Address of this very server's channel, under which others of the fleet reach it; default its own host and port. */
  readonly home?: string;
  /** Address under which verifiers reach the fleet; default `home`. It stands in the issuer's directory. */
  readonly publicUrl?: string;
  /** Files with the channel's key and certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Name of the transparency log; default the host of `publicUrl`, and `/undertone`. */
  readonly logOrigin?: string;
  /** Witnesses that cosign the log. */
  readonly witnesses?: readonly WitnessAddress[];
  /** Keys of the authorisation servers whose tokens are exchanged for cards, as JWKs. */
  readonly authorisationKeys?: NonNullable<IssuerOptions['authorisationKeys']>;
  readonly onNotice?: (code: OperatorNotice, detail: string) => void;
}

/** Longest wait for the last keys of calls that are over: a slot, the longest δ, and the way to the database. */
const LAST_KEYS_MS = 15_000;
const CLOSE_CHECK_MS = 50;

/** The running identity side. */
export interface Operator extends Identity {
  /** Address of this server's verification channel. */
  readonly url: string;
}

/** Starts the database if it is embedded, brings it up to the schema, and starts the channel's process, the issuer and the log. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const notice = options.onNotice ?? (() => {});
  const { database: where } = options;
  const embedded = 'folder' in where ? await startEmbedded(where.folder, (cause) => notice('store-restarted', cause)) : null;
  const address: DatabaseAddress = 'folder' in where ? { socketFolder: where.folder } : where;
  const operator = new RunningOperator(options, notice, openDatabase(address), embedded);
  try {
    await operator.begin(address);
    return operator;
  } catch (error) {
    await operator.close();
    throw error;
  }
}

class RunningOperator implements Operator {
  readonly #options: OperatorOptions;
  readonly #notice: (code: OperatorNotice, detail: string) => void;
  readonly #database: Database;
  readonly #sessions: SessionStore;
  readonly #embedded: Supervised | null;
  readonly #speaking = new Map<string, PublishedSession>();
  #channel: Supervised | null = null;
  #ready: ChannelReady | null = null;
  #issuer: Issuer | null = null;
  #log: LogWriter | null = null;

  constructor(
    options: OperatorOptions,
    notice: (code: OperatorNotice, detail: string) => void,
    database: Database,
    embedded: Supervised | null,
  ) {
    this.#options = options;
    this.#notice = notice;
    this.#database = database;
    this.#sessions = new SessionStore(database);
    this.#embedded = embedded;
  }

  get url(): string {
    return this.#ready!.home;
  }

  async begin(address: DatabaseAddress): Promise<void> {
    await migrate(this.#database);
    const { host, port, home = null, tls = null } = this.#options;
    this.#channel = await supervise({
      program: 'channel/channel-main',
      // A channel that starts again keeps the address under which its sessions are known.
      setup: (): ChannelSetup => ({ database: address, host, port: this.#ready?.port ?? port, home, tls }),
      onReady: (ready) => {
        this.#ready = ready as ChannelReady;
      },
      onMessage: (message) => this.#take(message),
      onRestart: (cause) => this.#notice('channel-restarted', cause),
    });
    const { keystore, publicUrl = this.url, witnesses = [], authorisationKeys } = this.#options;
    const { logOrigin = `${new URL(publicUrl).host}/undertone` } = this.#options;
    const problem = (code: OperatorNotice) => (error: unknown) =>
      this.#notice(code, error instanceof Error ? error.message : String(error));
    const log = new LogWriter({
      store: new LogStore(this.#database),
      signer: keystore.log,
      origin: logOrigin,
      witnesses,
      onError: problem('log-problem'),
    });
    this.#log = log;
    log.start();
    this.#issuer = new Issuer({
      keystore,
      store: new IssuerStore(this.#database),
      sessions: this.#sessions,
      publicUrl: publicUrl.replace(/\/$/, ''),
      log: formatVerifierKey(log.key),
      authorisationKeys,
      nowMs: operatorNowMs,
      onCard: (card) => log.append(logEntry('card', card.cardHash, card.bytes)),
      onError: problem('issuer-problem'),
    });
    await this.#issuer.start();
  }

  async start({ agent, scope, audience, persona, t0Ms, durationSeconds }: IdentityRequest): Promise<SpeakingSession> {
    const claims = { scope, constraints: {}, ...personaClaims(persona), ...(audience === undefined ? {} : { audience }) };
    return this.#speak(await this.#issuer!.openSession({ agent, t0Ms, durationSeconds, claims }, this.url));
  }

  async #renew(old: PublishedSession, { persona, ...request }: RenewalRequest): Promise<NextSession> {
    const options = { ...request, claims: personaClaims(persona) };
    const { session, renewal } = await this.#issuer!.renewSession(old.session, options, this.url);
    return { speaking: this.#speak(session), announce: () => old.announce(renewal) };
  }

  #speak(session: Session): PublishedSession {
    const card = hex(session.cardHash);
    const speaking = new PublishedSession(session, {
      store: this.#sessions,
      nowMs: operatorNowMs,
      log: (entry) => this.#log!.append(entry),
      renew: (old, request) => this.#renew(old, request),
      onDurable: () => this.#channel?.send({ fed: session.cardHash }),
      onFinished: (error) => {
        this.#speaking.delete(card);
        if (error !== undefined) this.#notice('session-unfinished', `${hex(session.locator)}: ${String(error)}`);
      },
    });
    this.#speaking.set(card, speaking);
    return speaking;
  }

  /** A message of the channel's process, which is believed in nothing. */
  #take(message: unknown): void {
    const asked = question.safeParse(message);
    if (!asked.success) {
      const { problem } = (message ?? {}) as { problem?: unknown };
      this.#notice('channel-problem', typeof problem === 'string' ? problem.slice(0, 500) : 'malformed message');
      return;
    }
    const { ask } = asked.data;
    this.#answer(asked.data).then(
      (value) => this.#channel?.send({ answer: ask, value }),
      (error: Error) => {
        const code = error instanceof ServerError ? error.code : 'identity-unavailable';
        this.#channel?.send({ answer: ask, error: { code, message: error.message } });
      },
    );
  }

  async #answer(asked: Question): Promise<unknown> {
    switch (asked.kind) {
      case 'time': {
        const speaking = this.#speaking.get(hex(asked.card));
        const timeMs = Math.floor(operatorNowMs());
        return speaking ? { timeMs, signature: speaking.session.signTime(asked.nonce, timeMs) } : null;
      }
      case 'challenge':
        return this.#speaking.get(hex(asked.card))?.challenge(asked.nonce) ?? null;
      case 'exchange':
        return this.#issuer!.exchange(formed(cardRequest.safeParse(asked.request)));
      case 'status':
        await this.#issuer!.changeStatus(formed(statusRequest.safeParse(asked.request)));
        return null;
      case 'manifest':
        return register(asked.registration, this.#options.keystore, new ManifestStore(this.#database));
    }
  }

  /** Ends when the last keys of calls that are over are public and their records signed; those of others stay undisclosed for ever. */
  async close(): Promise<void> {
    const untilMs = performance.now() + LAST_KEYS_MS;
    const open = (): boolean => [...this.#speaking.values()].some(({ over }) => over);
    while (open() && performance.now() < untilMs) await wait(CLOSE_CHECK_MS);
    for (const speaking of this.#speaking.values()) speaking.stop();
    this.#issuer?.stop();
    await this.#log?.stop();
    await this.#channel?.stop();
    await this.#database.close();
    await this.#embedded?.stop();
  }
}

type Parsed<T> =
  | { success: true; data: T }
  | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };

function formed<T>(parsed: Parsed<T>): T {
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new ServerError('issuer-bad-request', `${path.join('.')}: ${message}`);
}
