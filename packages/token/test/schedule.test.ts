import { describe, expect, it } from 'vitest';
import type { Frame, Lane, Session } from '../src/index.ts';
import {
  authEpochForGroup,
  ChainVerifier,
  concat,
  decodeFrame,
  disclosureTimeMs,
  FRAME_TYPE_NAMES,
  FrameScheduler,
  FrameType,
  firstSlotOfGroup,
  groupsOf,
  lastSlotOfGroup,
  parseCard,
  resolveKeyCounter,
  rsDecode,
  slotStartMs,
  verifyAuth,
  verifyCheckpoint,
} from '../src/index.ts';
import { session, T0 } from './fixtures.ts';

const made = session();

/** Runs a whole session; `lost` says which frames are reported as not carried. */
function run(
  owner: Session,
  lost: (lane: Lane, group: number) => boolean = () => false,
): { scheduler: FrameScheduler; open: Frame[]; sealed: Frame[] } {
  const scheduler = new FrameScheduler(owner);
  const open: Frame[] = [];
  const sealed: Frame[] = [];
  for (let group = 0; group < groupsOf(owner); group++) {
    const epoch = authEpochForGroup(group, owner.card.epochSlots);
    if (epoch !== null) scheduler.auth(epoch, 'full', epoch);
    open.push(scheduler.next('open', group));
    sealed.push(scheduler.next('sealed', group));
    for (const lane of ['open', 'sealed'] as const) scheduler.carried(lane, group, !lost(lane, group));
  }
  return { scheduler, open, sealed };
}

const names = (frames: readonly Frame[]): string => frames.map((frame) => FRAME_TYPE_NAMES[frame.type]).join(' ');

describe('FrameScheduler', () => {
  const { scheduler, open, sealed } = run(made);

  it('opens with LOC twice, brings the card first, and keys only after it', () => {
    const first = 'CARD CARD LOC CARD CARD CARD CARD LOC';
    expect(names(open.slice(0, 34))).toBe(`LOC LOC ${first} ${first} ${first} ${first}`);
    expect(names(open.slice(34))).toContain('KEY KEY');
    const heard = new Map(open.slice(0, 40).flatMap((f) => (f.type === FrameType.CARD ? [[f.ctr, f.body] as const] : [])));
    expect(parseCard(concat(...(rsDecode(heard, 27) ?? [])))).toEqual(made.card);
    expect(names(sealed.slice(0, 9))).toBe('CARD CARD AUTH CARD AUTH CARD AUTH CARD AUTH');
  });

  it('makes frames that the other side reads in their lane', () => {
    for (let group = 0; group < groupsOf(made); group++) {
      expect(decodeFrame(scheduler.nextBytes('open', group), 'open', made.locator)).toEqual(open[group]);
      expect(decodeFrame(scheduler.nextBytes('sealed', group), 'sealed', made.locator)).toEqual(sealed[group]);
    }
  });

  it('spreads one walk through the card over both lanes', () => {
    const heard = new Map<number, Uint8Array>();
    for (let group = 0; group < groupsOf(made) && heard.size < 27; group++) {
      for (const frame of [open[group], sealed[group]]) if (frame.type === FrameType.CARD) heard.set(frame.ctr, frame.body);
    }
    expect(parseCard(concat(...(rsDecode(heard, 27) ?? [])))).toEqual(made.card);
  });

  it('tags AUTH with the key of the last slot its frame fills', () => {
    sealed.forEach((frame, group) => {
      if (frame.type !== FrameType.AUTH) return;
      const epoch = authEpochForGroup(group, 8) as number;
      expect(frame.ctr).toBe(epoch % 32);
      expect(verifyAuth(frame.body, made.keyForSlot(lastSlotOfGroup(group)), made.cardHash, epoch)).toMatchObject({
        digest: epoch,
      });
    });
  });

  it('discloses keys in two halves, none before its time', () => {
    const verifier = new ChainVerifier(made.card.chainRoot, made.card.sessionKey, made.slots);
    let half0: Uint8Array | null = null;
    open.forEach((frame, group) => {
      if (frame.type !== FrameType.KEY) return;
      const meant = resolveKeyCounter(frame.ctr, firstSlotOfGroup(group));
      expect(meant).not.toBeNull();
      if (meant === null) return;
      expect(disclosureTimeMs(made.card, meant.slot)).toBeLessThanOrEqual(T0 + slotStartMs(firstSlotOfGroup(group)));
      if (meant.half === 0) half0 = frame.body;
      else expect(verifier.accept(meant.slot, concat(half0 as Uint8Array, frame.body))).toBe(true);
    });
    expect(verifier.newestSlot).toBeGreaterThan(made.slots - 48);
  });

  it('signs a first checkpoint after 4 AUTHs and sends its symbols in turn with the card', () => {
    expect(scheduler.checkpoints.every((item) => verifyCheckpoint(item, made.card).ok)).toBe(true);
    expect(names(sealed.slice(8, 16))).toBe('AUTH CKPT0 AUTH CARD AUTH CKPT0 AUTH CARD');
    const counters = sealed
      .concat(open)
      .filter((frame) => frame.type === FrameType.CKPT0)
      .map((frame) => frame.ctr);
    expect(Math.min(...counters)).toBe(4);
    expect(names(sealed.slice(-30))).toContain('CKPT1');
    // 43 AUTHs: windows of 4, 16 and 16, and the rest at the end.
    expect(scheduler.checkpoints).toHaveLength(3);
    scheduler.finish();
    expect(scheduler.checkpoints).toHaveLength(4);
  });

  it('sends a lost symbol again, and leaves a lost AUTH out of the checkpoint', () => {
    const again = run(made, (lane, group) => (lane === 'open' && group === 2) || (lane === 'sealed' && group === 4));
    expect(open[2].type).toBe(FrameType.CARD);
    const repeats = [...again.open.slice(3, 5), ...again.sealed.slice(3, 6)].filter(
      (frame) => frame.type === FrameType.CARD && frame.ctr === open[2].ctr,
    );
    expect(repeats).toHaveLength(1);
    expect(again.scheduler.checkpoints[0].presenceMap).toBe(0xb8000000);
  });

  it('signs nothing that was never reported', () => {
    const silent = run(made, () => true);
    silent.scheduler.finish();
    expect(silent.scheduler.checkpoints).toHaveLength(0);
    expect(names(silent.sealed)).not.toContain('CKPT');
  });

  it('gives the same frame when asked again, and ends with the card', () => {
    const fresh = new FrameScheduler(made);
    expect(fresh.next('open', 2)).toBe(fresh.next('open', 2));
    expect(() => fresh.next('open', groupsOf(made))).toThrow('chain-slot');
    expect(() => fresh.next('open', -1)).toThrow('chain-slot');
  });

  it('sends a symbol where an AUTH was not given', () => {
    expect(new FrameScheduler(made).next('sealed', 2).type).toBe(FrameType.CARD);
  });

  it('waits with a key when the encoder runs ahead of the clock', () => {
    let now = T0;
    const ahead = new FrameScheduler(made, { nowMs: () => now });
    for (let group = 0; group < 40; group++) {
      ahead.next('open', group);
      ahead.carried('open', group, true);
    }
    expect(ahead.next('open', 45).type).toBe(FrameType.LOC);
    expect(ahead.next('open', 46).type).toBe(FrameType.LOC);
    now = T0 + 210 * 2560;
    const late = ahead.next('open', 53);
    expect(late.type).toBe(FrameType.KEY);
    expect(resolveKeyCounter(late.ctr, firstSlotOfGroup(53))?.slot).toBe(209);
    // So far behind that the counter would mean a later slot.
    now = T0 + 190 * 2560;
    expect(ahead.next('open', 61).type).toBe(FrameType.LOC);
  });

  it('with epochs of 4 slots, sends an AUTH in every group and checkpoints in the open lane', () => {
    const short = run(session({ epochSlots: 4 }));
    expect(names(short.sealed.slice(0, 4))).toBe('CARD AUTH AUTH AUTH');
    expect(names(short.open)).toContain('CKPT');
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
