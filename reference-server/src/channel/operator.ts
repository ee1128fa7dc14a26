/**
 * The identity side of a server: sessions are made here, beside the media, and here alone their secrets are. The database and the
 * verification channel run in processes of their own.
 */
import { createSession, hex, type IssuerKey, personaHash, utf8 } from '@undertone/token';
import { operatorNowMs } from '../clock.ts';
import type { Identity, IdentityRequest, SpeakingSession } from '../identity.ts';
import { type Database, type DatabaseAddress, openDatabase } from '../store/database.ts';
import { startEmbedded } from '../store/embedded.ts';
import { migrate } from '../store/schema.ts';
import { SessionStore } from '../store/session-store.ts';
import { type Supervised, supervise } from '../supervise.ts';
import { type ChannelReady, type ChannelSetup, timeQuestion } from './link.ts';
import { PublishedSession } from './speaking.ts';

/** Options of {@link startOperator}. */
export interface OperatorOptions {
  readonly issuer: IssuerKey;
  /** `postgres://…` for a server, or the folder of the embedded database. */
  readonly database: { readonly url: string } | { readonly folder: string };
  /** Where the verification channel listens. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Address under which other servers of the fleet reach this channel; default its own host and port. */
  readonly home?: string;
  /** Files with the channel's key and certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Something that an operator should see in the log: a process ended and is started again, an unexpected error. */
  readonly onNotice?: (code: 'store-restarted' | 'channel-restarted' | 'channel-problem', detail: string) => void;
}

/** The running identity side. */
export interface Operator extends Identity {
  /** Address of the verification channel. */
  readonly url: string;
}

/** Starts the database if it is embedded, brings it up to the schema, and starts the channel's process. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const notice = options.onNotice ?? (() => {});
  const { database: where } = options;
  const embedded = 'folder' in where ? await startEmbedded(where.folder, (cause) => notice('store-restarted', cause)) : null;
  const address: DatabaseAddress = 'folder' in where ? { socketFolder: where.folder } : where;
  const database = openDatabase(address);
  try {
    await migrate(database);
    return await RunningOperator.start(options, database, address, embedded);
  } catch (error) {
    await database.close();
    await embedded?.stop();
    throw error;
  }
}

class RunningOperator implements Operator {
  readonly #issuer: IssuerKey;
  readonly #database: Database;
  readonly #store: SessionStore;
  readonly #embedded: Supervised | null;
  readonly #speaking = new Map<string, PublishedSession>();
  #channel!: Supervised;
  #ready!: ChannelReady;

  static async start(
    options: OperatorOptions,
    database: Database,
    address: DatabaseAddress,
    embedded: Supervised | null,
  ): Promise<RunningOperator> {
    const operator = new RunningOperator(options.issuer, database, embedded);
    const notice = options.onNotice ?? (() => {});
    operator.#channel = await supervise({
      program: 'channel/channel-main',
      setup: (): ChannelSetup => ({
        database: address,
        host: options.host,
        // A channel that starts again keeps the address under which its sessions are known.
        port: operator.#ready?.port ?? options.port,
        home: options.home ?? null,
        tls: options.tls ?? null,
      }),
      onReady: (ready) => {
        operator.#ready = ready as ChannelReady;
      },
      onMessage: (message) => operator.#take(message, (detail) => notice('channel-problem', detail)),
      onRestart: (cause) => notice('channel-restarted', cause),
    });
    return operator;
  }

  private constructor(issuer: IssuerKey, database: Database, embedded: Supervised | null) {
    this.#issuer = issuer;
    this.#database = database;
    this.#store = new SessionStore(database);
    this.#embedded = embedded;
  }

  get url(): string {
    return this.#ready.home;
  }

  async start({ agent, scope, audience, persona, t0Ms, durationSeconds }: IdentityRequest): Promise<SpeakingSession> {
    const session = createSession({
      issuer: this.#issuer,
      agent,
      t0Ms,
      durationSeconds,
      claims: {
        scope,
        constraints: {},
        voicePersona: hex(personaHash('voice', utf8(persona.voice))),
        rolePersona: hex(personaHash('role', utf8(persona.role))),
        ...(audience === undefined ? {} : { audience }),
      },
    });
    await this.#store.open(session, this.#ready.home);
    const card = hex(session.cardHash);
    const speaking = new PublishedSession(session, {
      store: this.#store,
      nowMs: operatorNowMs,
      onDurable: () => this.#channel.send({ fed: session.cardHash }),
      onFinished: () => this.#speaking.delete(card),
    });
    this.#speaking.set(card, speaking);
    return speaking;
  }

  /** A message of the channel's process, which is believed in nothing: it can ask for a signature over the time, and no more. */
  #take(message: unknown, problem: (detail: string) => void): void {
    const question = timeQuestion.safeParse(message);
    if (!question.success) {
      problem(String((message as { problem?: unknown } | null)?.problem ?? 'malformed message').slice(0, 500));
      return;
    }
    const { ask, card, nonce } = question.data;
    const speaking = this.#speaking.get(hex(card));
    const timeMs = Math.floor(operatorNowMs());
    const time = speaking ? { timeMs, signature: speaking.session.signTime(nonce, timeMs) } : null;
    this.#channel.send({ answer: ask, time });
  }

  async close(): Promise<void> {
    for (const speaking of this.#speaking.values()) speaking.stop();
    await this.#channel.stop();
    await this.#database.close();
    await this.#embedded?.stop();
  }
}
