/** Vectors of Reed–Solomon symbols of cards. */
import { cardSymbols, hex, rsEncode } from '@undertone/token';
import type { Case, Plan } from '../generate/builder.ts';
import { cardHex, otherSession, range, session, wrongAt } from '../generate/fixture.ts';

const { card } = session;

const locator = hex(session.locator);

const data = cardSymbols(card);

const received = (indices: readonly number[], change: (index: number, symbol: string) => string = (_, s) => s): object[] =>
  indices.map((index) => ({ index, symbol: change(index, hex(rsEncode(data, index))) }));

const symbolEncode: Plan = {
  path: 'symbols/encode',
  page: '05-checkpoint',
  layer: 'symbols',
  operation: 'symbols.encode',
  common: { data: data.map(hex) },
  cases: [
    ...[0, 26, 27, 31, 255].map(
      (index): Case => ({
        name: `symbol-${index}`,
        description: `Symbol ${index} of a card`,
        rules: ['SYM-1'],
        input: { index },
      }),
    ),
    {
      name: 'index-too-large',
      description: 'There is no symbol 256',
      rules: ['SYM-1'],
      input: { index: 256 },
      refused: 'rs-bad-parameter',
    },
    {
      name: 'symbol-too-short',
      description: 'A data symbol of five bytes',
      rules: ['SYM-1'],
      input: { index: 30, data: [...data.slice(1).map(hex), '0102030405'] },
      refused: 'rs-bad-parameter',
    },
  ],
};

const symbolCard: Plan = {
  path: 'symbols/card',
  page: '05-checkpoint',
  layer: 'symbols',
  operation: 'symbols.card',
  common: { locator },
  cases: [
    {
      name: 'systematic',
      description: 'Symbols 0 … 26',
      rules: ['SYM-2'],
      input: { received: received(range(0, 27)) },
      says: { card: cardHex },
    },
    {
      name: 'five-lost',
      description: 'Five data symbols are lost, 27 … 31 stand in',
      rules: ['SYM-2'],
      input: { received: received(range(5, 32)) },
      says: { card: cardHex },
    },
    {
      name: 'one-wrong-two-spare',
      description: '29 symbols, one wrong',
      rules: ['SYM-2'],
      input: { received: received(range(3, 32), wrongAt(7)) },
      says: { card: cardHex },
    },
    {
      name: 'one-wrong-one-spare',
      description: '28 symbols, one wrong: found by leaving each one out',
      rules: ['SYM-2'],
      input: { received: received(range(4, 32), wrongAt(30)) },
      says: { card: cardHex },
    },
    {
      name: 'two-wrong-two-spare',
      description: '29 symbols, two wrong: found by leaving each pair out',
      rules: ['SYM-2'],
      input: { received: received(range(3, 32), wrongAt(4, 28)) },
      says: { card: cardHex },
    },
    {
      name: 'too-few',
      description: '26 symbols',
      rules: ['SYM-2'],
      input: { received: received(range(0, 26)) },
      refused: 'symbols-undecodable',
    },
    {
      name: 'one-wrong-no-spare',
      description: '27 symbols, one wrong: the hash does not fit',
      rules: ['SYM-2'],
      input: { received: received(range(0, 27), wrongAt(3)) },
      refused: 'symbols-undecodable',
    },
    {
      name: 'polluted',
      description: 'A third of the symbols are of another session',
      rules: ['SYM-2'],
      input: {
        received: [
          ...received(range(0, 20)),
          ...range(20, 32).map((index) => ({ index, symbol: hex(rsEncode(cardSymbols(otherSession.card), index)) })),
        ],
      },
      refused: 'symbols-undecodable',
    },
    {
      name: 'whole-card-of-another',
      description: 'All symbols of another card, well coded: another locator',
      rules: ['SYM-2'],
      input: { received: range(0, 32).map((index) => ({ index, symbol: hex(rsEncode(cardSymbols(otherSession.card), index)) })) },
      refused: 'symbols-undecodable',
    },
  ],
};

export const symbolPlans: readonly Plan[] = [symbolEncode, symbolCard];
