import { describe, expect, it } from 'vitest';
import type { Frame, Lane, Session } from '../src/index.ts';
import {
  authKeySlot,
  ChainVerifier,
  concat,
  decodeFrame,
  disclosureTimeMs,
  encodeFrame,
  FRAME_TYPE_NAMES,
  FrameScheduler,
  FrameType,
  frameSymbols,
  PART_MS,
  PARTS_PER_SLOT,
  parseCard,
  resolveHeardCounter,
  resolveKeyCounter,
  rsDecode,
  slotOfPart,
  verifyAuth,
  verifyChallenge,
  verifyCheckpoint,
  verifyHeard,
} from '../src/index.ts';
import { session, T0 } from './fixtures.ts';

const made = session();

interface Sent {
  readonly lane: Lane;
  readonly part: number;
  readonly frame: Frame;
}

/** Parts that a frame lasts here unless something else is said. */
const PARTS = 6;

/** Runs a whole session in which every frame lasts `parts` parts; `lost` says which are reported as not carried. */
function run(owner: Session, parts = PARTS, lost: (sent: Sent) => boolean = () => false) {
  const scheduler = new FrameScheduler(owner);
  const sent: Sent[] = [];
  const { epochSlots } = owner.card;
  for (let part = 0; part < owner.slots * PARTS_PER_SLOT; part++) {
    const slot = slotOfPart(part);
    const epoch = (slot - 1) / epochSlots;
    if (part % PARTS_PER_SLOT === 0 && epoch >= 1 && Number.isInteger(epoch)) scheduler.closeEpoch(epoch, 'full', epoch);
    if (part % parts !== 0) continue;
    for (const lane of ['open', 'sealed'] as const) {
      const before = sent.findLast((s) => s.lane === lane);
      if (before) scheduler.report(lane, !lost(before));
      sent.push({ lane, part, frame: scheduler.next(lane, part) });
    }
  }
  const of = (lane: Lane): Sent[] => sent.filter((s) => s.lane === lane);
  return { scheduler, open: of('open'), sealed: of('sealed') };
}

const names = (sent: readonly Sent[]): string => sent.map(({ frame }) => FRAME_TYPE_NAMES[frame.type]).join(' ');
const carded = (sent: readonly Sent[]): Map<number, Uint8Array> =>
  new Map(sent.flatMap(({ frame }) => (frame.type === FrameType.CARD ? frameSymbols(frame) : [])));

describe('FrameScheduler', () => {
  const { scheduler, open, sealed } = run(made);

  it('opens with LOC, brings the card first, and keys only after it', () => {
    const cycle = 'LOC CARD CARD CARD CARD';
    expect(names(open.slice(0, 18))).toBe(`${cycle} ${cycle} ${cycle} LOC CARD CARD`);
    expect(parseCard(concat(...(rsDecode(carded(open.slice(0, 18)), 27) ?? [])))).toEqual(made.card);
    expect(names(open.slice(18, 28))).toBe('KEY CARD LOC CARD KEY CARD CARD LOC KEY CARD');
  });

  it('sends what is sealed in the sealed lane: AUTH as soon as an epoch has ended, the card until there is a checkpoint', () => {
    expect(names(sealed.slice(0, 12))).toBe('CARD CARD CARD AUTH CARD CARD AUTH CARD AUTH CARD CARD AUTH');
    expect(names(sealed.slice(12, 18))).toBe('CKPT0 CKPT0 AUTH CKPT0 AUTH CKPT0');
  });

  it('makes frames that the other side reads in their lane', () => {
    for (const { lane, frame } of [...open, ...sealed])
      expect(decodeFrame(encodeFrame(frame, lane, made.locator), lane, made.locator)).toEqual(frame);
  });

  it('tags AUTH with the key of the last slot that its frame could last to', () => {
    for (const { frame, part } of sealed.filter((s) => s.frame.type === FrameType.AUTH)) {
      const epoch = Math.floor((slotOfPart(part) - 1) / 8);
      expect(frame.ctr).toBe(epoch % 32);
      expect(authKeySlot(part)).toBe(slotOfPart(part) + 7);
      expect(verifyAuth(frame.body, made.keyForSlot(authKeySlot(part)), made.cardHash, epoch)).toMatchObject({ digest: epoch });
    }
  });

  it('discloses whole keys, none before its time', () => {
    const verifier = new ChainVerifier(made.card.chainRoot, made.card.sessionKey, made.slots);
    for (const { frame, part } of open.filter((s) => s.frame.type === FrameType.KEY)) {
      const meant = resolveKeyCounter(frame.ctr, slotOfPart(part));
      expect(meant).not.toBeNull();
      if (meant === null) return;
      expect(disclosureTimeMs(made.card, meant)).toBeLessThanOrEqual(T0 + part * PART_MS);
      expect(verifier.accept(meant, frame.body)).toBe(true);
    }
    expect(verifier.newestSlot).toBeGreaterThan(made.slots - 48);
  });

  it('signs a first checkpoint after 4 AUTHs, later ones after 16, the rest at the end', () => {
    const counters = sealed.filter(({ frame }) => frame.type === FrameType.CKPT0).map(({ frame }) => frame.ctr);
    expect(Math.min(...counters)).toBe(4);
    expect(names(sealed.slice(-60))).toContain('CKPT1');
    expect(scheduler.checkpoints).toHaveLength(3);
    scheduler.finish();
    expect(scheduler.checkpoints).toHaveLength(4);
    expect(scheduler.checkpoints.every((item) => verifyCheckpoint(item, made.card).ok)).toBe(true);
  });

  it('sends lost symbols again, and leaves a lost AUTH out of the checkpoint', () => {
    const again = run(made, PARTS, ({ lane, part }) => (lane === 'open' && part === PARTS) || (lane === 'sealed' && part === 36));
    expect(open[1].frame.type).toBe(FrameType.CARD);
    expect(again.open[2].frame).toEqual(open[1].frame);
    expect(sealed[6].frame.type).toBe(FrameType.AUTH);
    expect(again.scheduler.checkpoints[0].presenceMap).toBe(0xb8000000);
  });

  it('signs nothing that was never carried', () => {
    const silent = run(made, 16, () => true);
    silent.scheduler.finish();
    expect(silent.scheduler.checkpoints).toHaveLength(0);
    expect(names(silent.sealed)).not.toContain('CKPT');
  });

  it('ends with the card, and sends no AUTH whose key would lie beyond', () => {
    const fresh = new FrameScheduler(made);
    expect(() => fresh.next('open', made.slots * PARTS_PER_SLOT)).toThrow('chain-slot');
    expect(() => fresh.next('open', -1)).toThrow('chain-slot');
    fresh.closeEpoch(1, 'full', 1);
    expect(fresh.next('sealed', (made.slots - 7) * PARTS_PER_SLOT).type).toBe(FrameType.CARD);
    expect(fresh.next('sealed', (made.slots - 8) * PARTS_PER_SLOT).type).toBe(FrameType.AUTH);
  });

  it('waits with a key when the encoder runs ahead of the clock', () => {
    let now = T0;
    const ahead = new FrameScheduler(made, { nowMs: () => now });
    const types: number[] = [];
    for (let part = 0; part < 200; part += PARTS) {
      types.push(ahead.next('open', part).type);
      ahead.report('open', true);
    }
    expect(types).not.toContain(FrameType.KEY);
    // Five slots behind the media clock.
    for (let part = 260; part < 300; part += PARTS) {
      now = T0 + part * PART_MS - 5 * 2560;
      const { type, ctr } = ahead.next('open', part);
      ahead.report('open', true);
      if (type === FrameType.KEY) expect(resolveKeyCounter(ctr, slotOfPart(part))).toBeLessThan(slotOfPart(part) - 5);
      types.push(type);
    }
    expect(types).toContain(FrameType.KEY);
  });

  /** The sealed lane of a whole session in frames of `parts` parts that asks `nonces` times at part 20 and hears the caller all the time. */
  function asked(parts: number, nonces: number) {
    const scheduler = new FrameScheduler(made);
    const sent: { part: number; frame: Frame }[] = [];
    for (let part = 0; part < 160; part++) {
      if (part > 0 && part % 16 === 0) scheduler.closeEpoch(part / 16, 'full', 1);
      if (part === 20) for (let i = 0; i < nonces; i++) scheduler.challenge(new Uint8Array(16).fill(i));
      if (part % 2 === 0 && part > 2) scheduler.heard(part / 2 - 1, part);
      if (part % parts !== 0) continue;
      if (part > 0) scheduler.report('sealed', true);
      sent.push({ part, frame: scheduler.next('sealed', part) });
    }
    return sent;
  }
  const kinds = (sent: readonly { frame: Frame }[]): string[] => sent.map(({ frame }) => FRAME_TYPE_NAMES[frame.type]);

  it('answers nonces within four turns of their own, however long frames last, and lets nobody starve', () => {
    for (const parts of [4, 8, 16]) {
      const sent = asked(parts, 2);
      const answers = sent.filter(({ frame }) => frame.type === FrameType.CHAL);
      expect(answers.map(({ frame }) => frame.ctr)).toEqual([0, 1]);
      expect(answers[0].part).toBeLessThanOrEqual(20 + 4 * parts);
      expect(answers[1].part - answers[0].part).toBeLessThanOrEqual(4 * parts);
      const names = kinds(sent).slice(sent.indexOf(answers[0]) + 1, sent.indexOf(answers[1]));
      expect(names).toContain('CARD');
      for (const { frame, part } of answers) {
        const slot = authKeySlot(part);
        expect(verifyChallenge(frame.body, made.keyForSlot(slot), made.cardHash, slot, new Uint8Array(16).fill(frame.ctr))).toBe(
          true,
        );
      }
    }
  });

  it('tells once an epoch what was heard', () => {
    const witnesses = asked(4, 0).filter(({ frame }) => frame.type === FrameType.DUPX);
    for (const [i, { frame, part }] of witnesses.entries()) {
      const heard = resolveHeardCounter(frame.ctr, slotOfPart(part))!;
      const slot = authKeySlot(part);
      expect(verifyHeard(frame.body, made.keyForSlot(slot), made.cardHash, slot, heard)).toBe(2 * (heard + 1));
      if (i > 0) expect(slotOfPart(part) - slotOfPart(witnesses[i - 1].part)).toBeGreaterThanOrEqual(8);
    }
    expect(witnesses.length).toBeGreaterThan(7);
  });

  it('refuses a ninth nonce, and one that is too short', () => {
    const full = new FrameScheduler(made);
    for (let i = 0; i < 8; i++) expect(full.challenge(new Uint8Array(8))).toBe(i);
    expect(full.challenge(new Uint8Array(8))).toBeNull();
    expect(() => full.challenge(new Uint8Array(7))).toThrow('bad-argument');
  });

  it('with epochs of 4 slots, has its first checkpoint in half the time', () => {
    const short = run(session({ epochSlots: 4 }));
    expect(names(short.sealed.slice(0, 12))).toBe('CARD CARD AUTH AUTH AUTH CARD AUTH AUTH AUTH CKPT0 AUTH AUTH');
  });
});

describe('createSession', () => {
  it('is reproducible with an injected source, and otherwise never the same', () => {
    expect(session().card.bytes).toEqual(made.card.bytes);
    expect(session({ random: undefined }).card.bytes).not.toEqual(session({ random: undefined }).card.bytes);
  });

  it('rounds its life up to whole epochs', () => {
    expect(session({ durationSeconds: 1 }).slots).toBe(8);
    expect(session({ durationSeconds: 1, epochSlots: 4 }).slots).toBe(4);
    expect(session({ durationSeconds: 20.48 }).slots).toBe(8);
    expect(session({ durationSeconds: 20.49 }).slots).toBe(16);
    for (const durationSeconds of [0, -1, Number.NaN, 1e6]) expect(() => session({ durationSeconds })).toThrow('bad-argument');
  });

  it('states the issuer by the name of its key when nothing else is given', () => {
    expect(made.claims).toEqual({ issuer: 'Example Bank', agent: 'Ada', scope: [], constraints: {} });
  });
});
