/** Who may connect: pages of allowed origins, and bearers of a token where the operator asks for one. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ServerError } from '../errors.ts';

export interface AccessOptions {
  /** Origins whose pages may connect beside the server's own; `*` for every one. */
  readonly origins: readonly string[];
  /** Bearer tokens; none means that nobody is asked. */
  readonly tokens: readonly string[];
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export class Access {
  readonly #origins: ReadonlySet<string>;
  readonly #tokens: readonly Buffer[];

  constructor({ origins, tokens }: AccessOptions) {
    this.#origins = new Set(origins);
    this.#tokens = tokens.map(digest);
  }

  /** Programs send no origin and are not asked. Throws ServerError `origin-denied`. */
  checkOrigin({ origin, host }: IncomingHttpHeaders): void {
    if (origin === undefined || this.#origins.has('*') || this.#origins.has(origin)) return;
    if (URL.canParse(origin) && new URL(origin).host === host) return;
    throw new ServerError('origin-denied', 'pages of this origin may not connect');
  }

  /** `Authorization: Bearer …`, or `worker_auth_id` in the query for browsers, which cannot set headers. Throws ServerError `access-denied`. */
  checkToken({ authorization }: IncomingHttpHeaders, query: URLSearchParams): void {
    if (this.#tokens.length === 0) return;
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? query.get('worker_auth_id') ?? '';
    const given = digest(token);
    // Every token is compared, in constant time.
    const hits = this.#tokens.filter((known) => timingSafeEqual(known, given));
    if (hits.length === 0) throw new ServerError('access-denied', 'a bearer token is needed');
  }
}
