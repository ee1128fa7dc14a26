/** What the page shows never says more than what the detector found. */
import type { DetectorEvent } from '@undertone/detector';
import type { SpanState } from '@undertone/token';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallEvidence } from '../../page/src/evidence.ts';
import type { Authority } from '../../page/src/threads.ts';
import { CHEATS, STATES, troubleOf } from '../../page/src/words.ts';

const SESSION = 'e89ac01d487d';
const authority: Authority = {
  sessionId: SESSION,
  cardHash: '00'.repeat(32),
  issuer: 'Acme',
  kid: 'dcba46aa',
  claims: { issuer: 'Acme', agent: 'robin', scope: ['bookings:read'], constraints: {} },
  fromMs: 0,
  untilMs: 1,
  bound: true,
  roleMatches: null,
};
const stateEvent = (state: SpanState, sessionId = SESSION): DetectorEvent => ({
  type: 'state',
  seconds: 1,
  sessionId,
  previous: 'absent',
  state,
  reason: 'proven-live',
  issuer: 'Acme',
  agent: 'robin',
});
const claimed = (sessionId: string): DetectorEvent => ({ type: 'claimed', seconds: 5, sessionId, falseAlarmProbability: 1e-9 });
const proof: DetectorEvent = {
  type: 'proof',
  seconds: 7,
  sessionId: SESSION,
  slots: 3,
  bits: 90,
  compared: 300,
  errors: 9,
  content: 'match',
};
const grade = (evidence: CallEvidence, id: string): string => evidence.list().find((item) => item.id === id)!.grade;

describe('evidence of a call', () => {
  it('is open, not good and not bad, before anything was heard', () => {
    for (const { grade } of new CallEvidence().list()) expect(grade).toBe('open');
  });
  it('shows a claim as a claim, whatever the caller claims', () => {
    const evidence = new CallEvidence();
    evidence.event(claimed(SESSION));
    expect(evidence.state).toBe('claimed');
    expect(STATES[evidence.state].title).toMatch(/not proven/);
  });
  it('is good in bits, words and time only while the session is live', () => {
    const evidence = new CallEvidence();
    evidence.fact({ type: 'authority', authority });
    evidence.fact({ type: 'clock', tookMs: 9 });
    evidence.event(proof);
    for (const id of ['slots', 'words', 'time']) expect(grade(evidence, id)).toBe('open');
    evidence.event(stateEvent('live'));
    for (const id of ['slots', 'words', 'time']) expect(grade(evidence, id)).toBe('good');
    expect(evidence.content).toMatch(/9 of 300 bits differ/);
    evidence.event(stateEvent('stale'));
    for (const id of ['slots', 'words', 'time']) expect(grade(evidence, id)).toBe('open');
    expect(evidence.content).toBe('The words are not being compared.');
  });
  it('does not take another session’s proof for this call’s', () => {
    const evidence = new CallEvidence();
    evidence.fact({ type: 'authority', authority });
    evidence.event(claimed('ffffffffffff'));
    evidence.event(stateEvent('live', 'ffffffffffff'));
    expect(evidence.state).toBe('absent');
    expect(grade(evidence, 'claim')).toBe('bad');
  });
  it('follows a session that its card continues, and no other', () => {
    const evidence = new CallEvidence();
    evidence.fact({ type: 'authority', authority });
    evidence.event(stateEvent('live'));
    evidence.event({ type: 'renewed', seconds: 60, sessionId: SESSION, nextSessionId: 'aaaaaaaaaaaa', reason: 'time' });
    evidence.event(stateEvent('live', 'aaaaaaaaaaaa'));
    evidence.event(stateEvent('stale'));
    expect(evidence.state).toBe('live');
    evidence.event(stateEvent('stale', 'aaaaaaaaaaaa'));
    expect(evidence.state).toBe('stale');
    expect(grade(evidence, 'claim')).toBe('open');
    evidence.event(stateEvent('live', 'bbbbbbbbbbbb'));
    expect(evidence.state).toBe('stale');
  });
  it('keeps every card of the call that holds, each once, so that all session records can be taken along', () => {
    const evidence = new CallEvidence();
    const next = { ...authority, sessionId: 'aaaaaaaaaaaa', cardHash: '11'.repeat(32) };
    evidence.fact({ type: 'authority', authority });
    evidence.fact({ type: 'card-refused', code: 'card-bad-signature' });
    evidence.fact({ type: 'next-authority', authority: next });
    evidence.fact({ type: 'next-authority', authority: next });
    evidence.fact({ type: 'next-authority', authority: { ...next, cardHash: '22'.repeat(32) } });
    expect(evidence.cardHashes).toEqual(['00', '11', '22'].map((byte) => byte.repeat(32)));
  });
  it('shows what the next card says only when its session has proven itself', () => {
    const evidence = new CallEvidence();
    evidence.fact({ type: 'authority', authority });
    evidence.event(stateEvent('live'));
    const next = { ...authority, sessionId: 'aaaaaaaaaaaa', untilMs: 9 };
    evidence.fact({ type: 'next-authority', authority: next });
    evidence.event({ type: 'renewed', seconds: 60, sessionId: SESSION, nextSessionId: next.sessionId, reason: 'time' });
    expect(evidence.authority).toBe(authority);
    evidence.event(stateEvent('live', next.sessionId));
    expect(evidence.authority).toBe(next);
  });
  it('counts tags and the answer to its question, good only while the session is live, bad when they contradict', () => {
    const evidence = new CallEvidence();
    evidence.fact({ type: 'authority', authority });
    const tag = (words: 'match' | 'mismatch'): DetectorEvent => ({
      type: 'tag',
      seconds: 30,
      sessionId: SESSION,
      epoch: 1,
      holds: true,
      words,
    });
    const answer = (state: 'answered' | 'failed' | 'unanswered'): DetectorEvent => ({
      type: 'challenge',
      seconds: 40,
      sessionId: SESSION,
      number: 0,
      state,
    });
    evidence.event(tag('match'));
    evidence.event(answer('answered'));
    for (const id of ['tags', 'question']) expect(grade(evidence, id)).toBe('open');
    evidence.event(stateEvent('live'));
    for (const id of ['tags', 'question']) expect(grade(evidence, id)).toBe('good');
    evidence.event(answer('unanswered'));
    expect(grade(evidence, 'question')).toBe('open');
    evidence.event(answer('failed'));
    evidence.event(tag('mismatch'));
    for (const id of ['tags', 'question']) expect(grade(evidence, id)).toBe('bad');
  });
  it('is live after no sequence of events without the detector’s own word', () => {
    const others: DetectorEvent[] = [
      { type: 'mark', seconds: 1, family: 0 },
      claimed(SESSION),
      proof,
      { type: 'resolved', seconds: 1, sessionId: SESSION, issuer: 'Acme', agent: 'robin' },
      { type: 'checkpoint', seconds: 1, sessionId: SESSION, epochs: 4 },
      { type: 'finding', seconds: 1, sessionId: null, finding: { code: 'replayed' } },
      stateEvent('claimed'),
      stateEvent('stale'),
      stateEvent('conflict'),
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...others)), fc.boolean(), (events, carded) => {
        const evidence = new CallEvidence();
        if (carded) evidence.fact({ type: 'authority', authority });
        for (const event of events) evidence.event(event);
        expect(['live', 'attested']).not.toContain(evidence.state);
      }),
    );
  });
});

describe('the page’s words', () => {
  it('call nothing proven but proof', () => {
    for (const [state, { title }] of Object.entries(STATES))
      if (state !== 'live' && state !== 'attested') expect(title).not.toMatch(/^Proven/);
  });
  it('name a next step for every way in which a call can end', () => {
    expect(troubleOf('caller-left')).toBe(null);
    for (const code of ['server-full', 'server-draining', 'connection-lost', 'microphone-denied', 'internal', 'chat-too-slow'])
      expect(troubleOf(code)!.next.length).toBeGreaterThan(5);
    expect(CHEATS.map(({ name }) => name).sort()).toEqual(['delay', 'impersonate', 'replay', 'splice', 'transplant']);
  });
});
