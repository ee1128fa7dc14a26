/** What becomes of nonces that an agent was given. */
import { describe, expect, it } from 'vitest';
import { Challenges } from '../src/challenges.ts';

const nonce = (number: number) => ({ number, nonce: new Uint8Array(16).fill(number), askedSeconds: 10 });
const states = ({ reports }: Challenges) => reports.map(({ number, state }) => [number, state]);

describe('the nonces of a session', () => {
  it('wait until they are answered, and are overdue after two and a half minutes', () => {
    const challenges = new Challenges('aa');
    for (const number of [0, 1]) challenges.expect(nonce(number));
    challenges.end(0, 'answered', 40);
    expect(challenges.answeredBy(0)).toBeUndefined();
    expect(challenges.answeredBy(1)?.number).toBe(1);
    expect(challenges.overdue(160)).toEqual([]);
    expect(challenges.overdue(161)).toEqual([1]);
    challenges.end(1, 'unanswered', 161);
    expect(challenges.overdue(200)).toEqual([]);
    expect(states(challenges)).toEqual([
      [0, 'answered'],
      [1, 'unanswered'],
    ]);
  });
  it('are answered by a counter modulo 32, also after an answer that did not hold', () => {
    const challenges = new Challenges('aa');
    challenges.expect(nonce(33));
    challenges.end(33, 'failed', 20);
    expect(challenges.answeredBy(1)?.number).toBe(33);
    challenges.end(33, 'answered', 30);
    expect(states(challenges)).toEqual([[33, 'answered']]);
  });
  it('go to another session when they had no answer; a wrong one stays in the report', () => {
    const challenges = new Challenges('aa');
    for (const number of [0, 1, 2]) challenges.expect(nonce(number));
    challenges.end(0, 'answered', 20);
    challenges.end(1, 'failed', 20);
    expect(challenges.withdraw()).toEqual([nonce(2).nonce]);
    expect(challenges.withdraw()).toEqual([]);
    expect(challenges.answeredBy(2)).toBeUndefined();
    expect(states(challenges)).toEqual([
      [0, 'answered'],
      [1, 'failed'],
    ]);
  });
});
