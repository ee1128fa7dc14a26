/** What the operator tells of a session beside its records and keys: persona events and how it goes on. Each is checked by its signature. */
import {
  type PersonaEvent,
  parsePersonaEvent,
  parseRenewal,
  type Renewal,
  TokenError,
  verifyPersonaEvent,
  verifyRenewal,
} from '@undertone/token';
import type { LiveEvidence } from './evidence.ts';
import type { EvidenceCode } from './finding-codes.ts';

/** What the notices lead to. */
export interface NoticeSink {
  persona(event: PersonaEvent): void;
  /** The session continues under another card. */
  renewal(renewal: Renewal): void;
  /** A notice that does not hold, by a stable code. */
  refused(code: EvidenceCode): void;
}

export class SessionNotices {
  readonly #evidence: LiveEvidence;
  readonly #sink: NoticeSink;
  #lastEvent: PersonaEvent | null = null;

  constructor(evidence: LiveEvidence, sink: NoticeSink) {
    this.#evidence = evidence;
    this.#sink = sink;
  }

  persona(bytes: Uint8Array): void {
    this.#tolerant(() => {
      const event = parsePersonaEvent(bytes);
      const verdict = verifyPersonaEvent(event, this.#lastEvent, this.#evidence.card, this.#evidence.claims);
      if (!verdict.ok) this.#sink.refused(verdict.code);
      else {
        this.#lastEvent = event;
        this.#sink.persona(event);
      }
    });
  }

  renewal(bytes: Uint8Array): void {
    this.#tolerant(() => {
      const renewal = parseRenewal(bytes);
      if (!verifyRenewal(renewal, this.#evidence.card)) this.#sink.refused('next-card-unannounced');
      else {
        this.#evidence.endAfter(renewal.lastSlot);
        if (renewal.reason !== 'end') this.#sink.renewal(renewal);
      }
    });
  }

  /** What the channel brings may be anything. */
  #tolerant(take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      this.#sink.refused(error.code);
    }
  }
}
