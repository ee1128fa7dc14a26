/** The issuer's Token Status List: signed anew when a status changes, when more cards need it, and before it ends. */
import { type CardStatus, draftStatusToken, StatusList, StatusType } from '@undertone/token/status';
import type { IssuerStore } from '../store/issuer-store.ts';
import type { Signer } from './keystore.ts';

/** How long a verifier may go on without asking again. */
export const STATUS_TTL_S = 60;
/** Life of a signed list. */
const LIFE_MS = 24 * 3600_000;
const RENEW_MS = 12 * 3600_000;
/** Fewest cards in a list: the place of one among few would say something about it. */
const LEAST_CARDS = 4096;
/** Room for suspension beside revocation. */
const BITS = 2;

/** What a card's status can be changed to. */
export const STATUS_VALUES: Readonly<Record<Exclude<CardStatus['status'], 'unknown'>, number>> = {
  valid: StatusType.VALID,
  revoked: StatusType.INVALID,
  suspended: StatusType.SUSPENDED,
};

export interface StatusListsOptions {
  readonly store: IssuerStore;
  readonly signer: () => Signer;
  /** Where verifiers fetch the list. */
  readonly uri: string;
  readonly nowMs: () => number;
}

export class StatusLists {
  readonly #options: StatusListsOptions;
  #size = 0;
  #issuedAtMs = -Infinity;
  #revision = -1;
  #signing: Promise<void> = Promise.resolve();

  constructor(options: StatusListsOptions) {
    this.#options = options;
  }

  /** Fulfilled when the public list holds this index. */
  async cover(index: number): Promise<void> {
    if (index >= this.#size) await this.sign();
  }

  /** Signs a new list if another server changed a status, or the old one gets old. */
  async refresh(): Promise<void> {
    const aged = this.#options.nowMs() - this.#issuedAtMs > RENEW_MS;
    if (aged || (await this.#options.store.revision()) !== this.#revision) await this.sign();
  }

  /** Signs the list as the database has it; one at a time. */
  sign(): Promise<void> {
    const signed = this.#signing.then(() => this.#signUntilSettled());
    this.#signing = signed.catch(() => {});
    return signed;
  }

  /** A change that came while the list was being signed would be missing from it: sign again. */
  async #signUntilSettled(): Promise<void> {
    do await this.#signOnce();
    while ((await this.#options.store.revision()) !== this.#revision);
  }

  async #signOnce(): Promise<void> {
    const { store, signer, uri, nowMs } = this.#options;
    const { revision, values, size: cards } = await store.statuses();
    let size = LEAST_CARDS;
    while (size < 2 * cards) size *= 2;
    const list = new StatusList(BITS, size);
    for (const [index, value] of values) list.set(index, value);
    const { kid, sign } = signer();
    const issuedAtMs = nowMs();
    const token = { uri, issuedAtMs, expiresAtMs: issuedAtMs + LIFE_MS, ttlSeconds: STATUS_TTL_S, list };
    const draft = await draftStatusToken(token, kid);
    await store.putStatusToken(Math.floor(issuedAtMs / 1000), draft.finish(await sign(draft.message)));
    this.#size = size;
    this.#issuedAtMs = issuedAtMs;
    this.#revision = revision;
  }
}
