import { cardSymbols, createSession, FrameType, generateIssuerKey, parseTrust, publicJwk, rsEncode } from '@undertone/token';
import { describe, expect, it } from 'vitest';
import { CardCollector } from '../src/card-collector.ts';

const issuer = generateIssuerKey('Issuer');
const { card } = createSession({ issuer, agent: 'a', t0Ms: Date.UTC(2026, 0, 1) });
const symbols = cardSymbols(card);
const frame = (ctr: number, body = rsEncode(symbols, ctr)) => ({ type: FrameType.CARD, ctr, body });

describe('the card from the sound alone', () => {
  it('is read from any 27 symbols, once', () => {
    const collector = new CardCollector(card.locator, parseTrust(publicJwk(issuer)));
    const taken = [...Array(32).keys()].filter((i) => i % 7 !== 2).map((i) => collector.take(frame(i)));
    const read = taken.filter((t) => t !== null);
    expect(read).toHaveLength(1);
    expect(read[0]).toMatchObject({ issuer: { name: 'Issuer' } });
  });
  it('survives one wrong symbol, and never takes a card that is not the locator’s', () => {
    const collector = new CardCollector(card.locator, parseTrust(publicJwk(issuer)));
    const taken = [...Array(30).keys()].map((i) => collector.take(i === 5 ? frame(5, new Uint8Array(6).fill(9)) : frame(i)));
    expect(taken.filter((t) => t !== null)).toHaveLength(1);
    const other = new CardCollector(new Uint8Array(6), parseTrust(publicJwk(issuer)));
    expect([...Array(32).keys()].map((i) => other.take(frame(i))).every((t) => t === null)).toBe(true);
  });
  it('says that nobody trusted signed it', () => {
    const collector = new CardCollector(card.locator, parseTrust(publicJwk(generateIssuerKey('Stranger'))));
    const taken = [...Array(27).keys()].map((i) => collector.take(frame(i)));
    expect(taken.at(-1)).toMatchObject({ code: 'issuer-unknown' });
  });
});
