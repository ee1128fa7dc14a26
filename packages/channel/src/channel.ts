/**
 * The verification channel: the path beside the call that carries cards, slot records and, once they are due, keys.
 * Nothing that comes through it is believed: the detector checks every signature and every key.
 */

/** A session that a locator may mean. */
export interface ResolvedSession {
  /** The 162 bytes of the card. */
  readonly card: Uint8Array;
  /** The claims behind the card's claims hash, as JSON. */
  readonly claims: unknown;
}

/** What a subscriber receives. The optional parts are for those who keep more than a live verifier needs. */
export interface ChannelListener {
  /** A slot record as it is published, 216 bytes. */
  record(bytes: Uint8Array): void;
  /** A disclosed chain key. */
  key(slot: number, key: Uint8Array): void;
  /** A signed checkpoint. */
  checkpoint?(bytes: Uint8Array): void;
  /** A signed persona event, 208 bytes: the voice or role was changed, given again, or drifted. */
  persona?(bytes: Uint8Array): void;
  /** A signed notice of how the session ends, 141 bytes. */
  renewal?(bytes: Uint8Array): void;
  /** The issuer's status list changed for this card; only the list itself proves it. */
  status?(revoked: boolean): void;
  /** Nothing will follow: the last key is out. */
  end?(): void;
  /** The resolver says, with a stable code, why it can't serve this session. */
  refused?(code: string): void;
}

/** An answer to a clock question: the session key's signature over the nonce and the operator's time. */
export interface TimeAnswer {
  /** Operator time, ms since 1970. */
  readonly timeMs: number;
  readonly signature: Uint8Array;
}

/** What became of a nonce that was handed over: the number that its CHAL frame carries modulo 32, or why it is not answered. */
export type ChallengeAnswer = { readonly number: number } | { readonly refused: 'challenge-busy' | 'challenge-unsupported' };

/** Hands a nonce to whoever marks the session's speech, an encoder's `challenge`. @returns its number; null when too many wait */
export type AnswerNonce = (nonce: Uint8Array) => number | null | Promise<number | null>;

/** Hands a nonce over. @param answer null where nobody answers in the voice. Rejects with what `answer` throws */
export async function handOver(nonce: Uint8Array, answer: AnswerNonce | null): Promise<ChallengeAnswer> {
  if (!answer) return { refused: 'challenge-unsupported' };
  const number = await answer(nonce);
  return number === null ? { refused: 'challenge-busy' } : { number };
}

/** Where a detector asks. Implementations may fail; a detector then goes on without. */
export interface VerificationChannel {
  /** The sessions (at most 8) that answer to a 6-byte locator; empty when none is known. */
  resolve(locator: Uint8Array): Promise<readonly ResolvedSession[]>;
  /** Asks the operator's clock with a 16-byte nonce; null when the session is unknown. */
  time(cardHash: Uint8Array, nonce: Uint8Array): Promise<TimeAnswer | null>;
  /** Hands over a nonce of 8 … 64 bytes that the agent is to answer in its voice; null when the session is unknown. */
  challenge(cardHash: Uint8Array, nonce: Uint8Array): Promise<ChallengeAnswer | null>;
  /** Follows a session: what was published before comes first. @returns a function that ends it */
  subscribe(cardHash: Uint8Array, listener: ChannelListener): () => void;
}
