/** The issuer: signs cards, keeps their statuses and the directory, exchanges agents' tokens for cards. */
import {
  type Card,
  type Claims,
  claimsHash,
  type DraftRenewOptions,
  type DraftSessionOptions,
  draftCard,
  draftRenewedSession,
  draftSession,
  familyOf,
  fromHex,
  hex,
  isObject,
  parseCard,
  parseClaims,
  publicJwk,
  type RenewedSession,
  type Session,
  scopeHash,
  sha256,
  TokenError,
} from '@undertone/token';
import { draftDirectory, keyProofMessage } from '@undertone/token/directory';
import { importJwt } from '@undertone/token/import';
import { ServerError } from '../errors.ts';
import type { IssuerStore } from '../store/issuer-store.ts';
import type { SessionStore } from '../store/session-store.ts';
import { type CardRequest, proven } from './card-request.ts';
import { type Keystore, type Signer, signerAt } from './keystore.ts';
import { checkStatusRequest, type StatusRequest } from './revocation.ts';
import { STATUS_VALUES, StatusLists } from './status-lists.ts';

/** How often another server's changes are looked for. */
const REFRESH_MS = 30_000;
/** How far a card's start may lie from now when its session is elsewhere. */
const START_MS = 300_000;

export interface IssuerOptions {
  readonly keystore: Keystore;
  readonly store: IssuerStore;
  readonly sessions: SessionStore;
  /** Address under which verifiers reach what is public. */
  readonly publicUrl: string;
  /** Verifier key of the transparency log, as in signed notes. */
  readonly log: string;
  /** Keys of the authorisation servers whose tokens are exchanged, as JWKs; none: nothing is exchanged. */
  readonly authorisationKeys: Parameters<typeof importJwt>[1]['keys'];
  readonly nowMs: () => number;
  /** A card was signed and is durable. */
  readonly onCard: (card: Card) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** A card that was exchanged for a token. */
export interface ExchangedCard {
  readonly card: Uint8Array;
  readonly claims: Claims;
}

export class Issuer {
  readonly #options: IssuerOptions;
  readonly #statuses: StatusLists;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: IssuerOptions) {
    this.#options = options;
    const { store, publicUrl, nowMs } = options;
    this.#statuses = new StatusLists({ store, signer: () => this.#signer(), uri: `${publicUrl}/v1/status`, nowMs });
  }

  #signer(): Signer {
    return signerAt(this.#options.keystore, this.#options.nowMs());
  }

  /** Publishes the directory and the status list, and keeps the list fresh. */
  async start(): Promise<void> {
    await this.#publishDirectory();
    await this.#statuses.sign();
    this.#timer = setInterval(() => void this.#statuses.refresh().catch(this.#options.onError), REFRESH_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  async #publishDirectory(): Promise<void> {
    const { keystore, store, publicUrl, log, nowMs } = this.#options;
    const { name, kid } = this.#signer();
    const issuer = name || kid;
    const entries = keystore.issuer.map(async ({ signer, nbf, exp }) => ({
      publicKey: signer.publicKey,
      proof: await signer.sign(keyProofMessage(issuer)),
      ...(nbf === undefined ? {} : { nbf }),
      ...(exp === undefined ? {} : { exp }),
    }));
    const updated = Math.floor(nowMs() / 1000);
    const draft = draftDirectory({
      issuer,
      keys: await Promise.all(entries),
      statusList: `${publicUrl}/v1/status`,
      log,
      updated,
    });
    const signatures = keystore.issuer.map(async ({ signer }) => ({
      kid: signer.kid,
      signature: await signer.sign(draft.message),
    }));
    await store.putDirectory(updated, JSON.stringify(draft.finish(await Promise.all(signatures))));
  }

  /** Makes a session whose secrets stay with the caller. Fulfilled when its card is durable, logged and in the status list. */
  async openSession(options: Omit<DraftSessionOptions, 'issuer' | 'status'>, home: string): Promise<Session> {
    const signer = this.#signer();
    const draft = draftSession({ ...options, issuer: signer, status: await this.#options.store.nextIndex() });
    const session = draft.finish(await signer.sign(draft.message));
    await this.#publish(session.card, session.claims, session.jwt, home);
    return session;
  }

  /** Makes the session that continues `old`. Fulfilled as {@link openSession}. */
  async renewSession(old: Session, options: Omit<DraftRenewOptions, 'issuer' | 'status'>, home: string): Promise<RenewedSession> {
    const signer = this.#signer();
    const status = await this.#options.store.nextIndex();
    const draft = draftRenewedSession(old, { ...options, issuer: signer, status });
    const renewed = draft.finish(await signer.sign(draft.message));
    await this.#publish(renewed.session.card, renewed.session.claims, renewed.session.jwt, home);
    return renewed;
  }

  async #publish(card: Card, claims: Claims, jwt: string | null, home: string | null): Promise<void> {
    await this.#options.sessions.open(card, claims, jwt, home);
    await Promise.all([this.#statuses.cover(card.status), this.#options.onCard(card)]);
  }

  /**
   * Exchanges an agent's token for a card over the session key that the request proves. Rejects with `issuer-refused`, whose message is
   * a code of the token package where there is one.
   */
  async exchange(request: CardRequest): Promise<ExchangedCard> {
    const { authorisationKeys: keys, nowMs } = this.#options;
    if (keys === undefined || keys.length === 0) throw new ServerError('issuer-refused', 'no authorisation server is trusted');
    if (!proven(request)) throw new ServerError('issuer-refused', 'proof');
    if (Math.abs(request.t0 - nowMs()) > START_MS) throw new ServerError('issuer-refused', 't0');
    const signer = this.#signer();
    try {
      const claims = await this.#exchangedClaims(request, signer, keys);
      const draft = draftCard(
        {
          profile: 1,
          delaySeconds: request.delay,
          epochSlots: request.epoch_slots === '4' ? 4 : 8,
          family: request.chip_family ?? familyOf(request.session_key),
          t0Ms: request.t0,
          slots: request.slots,
          sessionKey: request.session_key,
          chainRoot: request.chain_root,
          claimsHash: claimsHash(claims),
          status: await this.#options.store.nextIndex(),
          scopeHash: scopeHash(claims.scope),
        },
        signer.publicKey,
      );
      const card = draft.finish(await signer.sign(draft.message));
      await this.#publish(card, claims, request.subject_token, null);
      return { card: card.bytes, claims };
    } catch (error) {
      if (error instanceof TokenError) throw new ServerError('issuer-refused', error.message);
      throw error;
    }
  }

  async #exchangedClaims(
    request: CardRequest,
    signer: Signer,
    keys: NonNullable<IssuerOptions['authorisationKeys']>,
  ): Promise<Claims> {
    const imported = await importJwt(request.subject_token, { atMs: this.#options.nowMs(), keys });
    if (isObject(imported.payload.cnf))
      await importJwt(request.subject_token, {
        atMs: this.#options.nowMs(),
        holder: publicJwk({ name: '', publicKey: request.session_key }),
      });
    const { scope = [], constraints = {}, issuer = signer.name || signer.kid, ...from } = imported.claims;
    const narrowed = request.scope?.split(' ').filter((item) => item !== '') ?? scope;
    if (narrowed.some((item) => !scope.includes(item)))
      throw new ServerError('issuer-refused', 'scope exceeds that of the token');
    const optional = (name: keyof Claims, value: string | undefined) => (value === undefined ? {} : { [name]: value });
    return parseClaims({
      ...from,
      issuer,
      scope: narrowed,
      constraints,
      jwtHash: hex(sha256(request.subject_token)),
      ...optional('voicePersona', request.voice_persona),
      ...optional('rolePersona', request.role_persona),
      ...optional('previousCard', request.previous_card),
    });
  }

  /** Changes a card's status. Fulfilled when the public list says so. Rejects with `issuer-refused` or `session-unknown`. */
  async changeStatus(request: StatusRequest): Promise<void> {
    checkStatusRequest(request, this.#options.keystore, this.#options.nowMs());
    const stored = await this.#options.sessions.byCard(fromHex(request.card));
    if (stored === null) throw new ServerError('session-unknown', 'no card of this issuer');
    const { status } = parseCard(stored.card);
    if (!(await this.#options.store.change(status, STATUS_VALUES[request.status], request.timeMs)))
      throw new ServerError('issuer-refused', 'a later change is known');
    await this.#statuses.sign();
  }
}
