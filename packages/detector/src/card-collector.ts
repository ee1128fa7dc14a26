/** The card from the sound alone: CARD symbols of one locator, gathered over minutes (protocol/spec/05-checkpoint.md, symbols). */
import {
  CARD_SYMBOLS,
  type Card,
  concat,
  constantTimeEqual,
  type Frame,
  FrameType,
  parseCard,
  rsDecodeChecked,
  TokenError,
  type TrustedKey,
  type TrustStore,
  verifyCard,
} from '@undertone/token';

/** A card that was read whole, and who signed it; or why nobody trusted did. */
export type CollectedCard = { readonly card: Card; readonly issuer: TrustedKey } | { readonly card: Card; readonly code: string };

/** Gathers one card. */
export class CardCollector {
  readonly #locator: Uint8Array;
  readonly #trust: TrustStore;
  readonly #symbols = new Map<number, Uint8Array>();
  #done = false;

  constructor(locator: Uint8Array, trust: TrustStore) {
    this.#locator = locator;
    this.#trust = trust;
  }

  /** Takes a checked frame. @returns the card when this frame completed it */
  take(frame: Frame): CollectedCard | null {
    if (this.#done || frame.type !== FrameType.CARD || this.#symbols.has(frame.ctr)) return null;
    this.#symbols.set(frame.ctr, frame.body.slice());
    if (this.#symbols.size < CARD_SYMBOLS) return null;
    const card = rsDecodeChecked(this.#symbols, CARD_SYMBOLS, (symbols) => this.#read(concat(...symbols)));
    if (!card) return null;
    this.#done = true;
    // Without claims beside it the card still says who signed it; it is judged at the time that it names itself.
    const verdict = verifyCard(card, this.#trust, { atMs: card.t0Ms });
    return verdict.ok ? { card, issuer: verdict.issuer } : { card, code: verdict.code };
  }

  /** The locator is a hash of the card, so wrong symbols cannot pass. */
  #read(bytes: Uint8Array): Card | null {
    try {
      const card = parseCard(bytes);
      return constantTimeEqual(card.locator, this.#locator) ? card : null;
    } catch (error) {
      if (error instanceof TokenError) return null;
      throw error;
    }
  }
}
