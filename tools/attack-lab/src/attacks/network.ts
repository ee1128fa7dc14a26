/** Attacks on a call between real programs: the server's processes, its media over WebSocket and Opus, the verification channel over HTTP, wall clocks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { resample } from '@undertone/audio/pcm';
import { createChannelClient } from '@undertone/channel';
import { ENGINE_RATE, FRAME_MS, FRAME_SAMPLES } from '@undertone/reference-server';
import { disclosureTimeMs, hex, parseCard } from '@undertone/token';
import { type Attack, type Outcome, outcomeOf, type Trial } from '../attack.ts';
import { RATE } from '../call.ts';
import type { Lab } from '../lab.ts';
import { asLoudAs } from '../lift.ts';
import { changes, everLive, type Heard, lostAfter, story } from '../listen.ts';
import { callAgent, type NetworkServer, type NetworkVerifier, type Signalled, startReader, verifier } from '../network-call.ts';
import { LOSS_SECONDS } from './takeover.ts';

const FRAME_SECONDS = FRAME_MS / 1000;
const SECONDS = 32;
/** The attacker takes the line over, or cuts the channel, seconds. */
const CUT = 16;
/** A key may be here this much before it is due by this machine's clock, ms: both sides' clocks are the same here, timers are not exact. */
const EARLY_MS = 5;

/** What one verifier hears of a call, frame by frame. */
interface Line {
  readonly name: string;
  /** Who speaks: the call that the verifier expects, or another one. */
  readonly call: 0 | 1;
  hear(frames: readonly Float32Array[], other: readonly Float32Array[]): Float32Array;
  /** Done once, when the attack begins. */
  begin?(verifier: NetworkVerifier): void;
  /** @param sessionId of the call that the verifier expects */
  judge(heard: Heard, sessionId: string): Outcome;
}

const newest: Line['hear'] = (frames) => frames.at(-1)!;
/** What is heard may be proven under its own session, never under the expected one. */
const never = ({ events }: Heard, sessionId: string): Outcome =>
  outcomeOf(
    changes({ events }).some((change) => change.state === 'live' && change.sessionId === sessionId),
    true,
  );
/** Who was never live is not kept live for too long. */
const soonLost = (heard: Heard): Outcome => {
  const { began, lost, again } = lostAfter(heard, CUT);
  return outcomeOf(again || (everLive(heard) && lost > LOSS_SECONDS), began);
};
const kept = (heard: Heard): Outcome => {
  const { began, lost } = lostAfter(heard, CUT);
  return outcomeOf(false, began && lost === Infinity);
};
const LATE = Math.round(4 / FRAME_SECONDS);

const LINES: readonly Line[] = [
  { name: 'nobody between', call: 0, hear: newest, judge: kept },
  {
    name: 'everything 4 s late',
    call: 0,
    hear: (frames) => frames.at(-1 - LATE) ?? new Float32Array(frames[0].length),
    judge: never,
  },
  { name: 'the agent’s other call under this card', call: 1, hear: newest, judge: never },
  {
    name: `another voice from ${CUT} s on`,
    call: 0,
    hear: (frames, other) => (frames.length * FRAME_SECONDS < CUT ? frames.at(-1)! : other[frames.length % other.length]),
    judge: soonLost,
  },
  { name: `the channel cut at ${CUT} s`, call: 0, hear: newest, begin: (own) => own.close(), judge: soonLost },
];

/** Follows the feed beside the verifiers. @returns how long before their time keys came, ms: the most */
function watchKeys({ channelUrl }: NetworkServer, { card }: Signalled): { stop: () => { keys: number; earlyMs: number } } {
  const parsed = parseCard(card);
  const channel = createChannelClient({ resolvers: [{ url: channelUrl }] });
  let [keys, earlyMs] = [0, -Infinity];
  channel.subscribe(parsed.cardHash, {
    record: () => {},
    key: (slot) => {
      keys++;
      earlyMs = Math.max(earlyMs, disclosureTimeMs(parsed, slot) - (performance.timeOrigin + performance.now()));
    },
  });
  return {
    stop: () => {
      channel.close();
      return { keys, earlyMs };
    },
  };
}

async function attempt(unit: number, lab: Lab): Promise<Trial[]> {
  const speech = resample(lab.speech(unit, 0, SECONDS), RATE, ENGINE_RATE);
  const other = resample(asLoudAs(lab.speech(unit + 1, 3, SECONDS), lab.speech(unit, 0, SECONDS)), RATE, ENGINE_RATE);
  const strangers = Array.from({ length: Math.floor(other.length / FRAME_SAMPLES) }, (_, i) =>
    other.subarray(FRAME_SAMPLES * i, FRAME_SAMPLES * (i + 1)),
  );
  const server = await startReader(lab.issuer, speech);
  const frames: Float32Array[][] = [[], []];
  const verifiers: NetworkVerifier[] = [];
  const step = (call: number): void =>
    LINES.forEach((line, i) => {
      if (line.call !== call || !verifiers[i]) return;
      if (line.begin && frames[call].length === Math.round(CUT / FRAME_SECONDS)) line.begin(verifiers[i]);
      verifiers[i].push(line.hear(frames[call], strangers));
    });
  const take = (call: number) => (frame: Float32Array) => {
    frames[call].push(frame);
    step(call);
  };
  const calls = [await callAgent(server, take(0)), await callAgent(server, take(1))];
  try {
    const signalled = await calls[0].signalled;
    verifiers.push(...LINES.map(() => verifier(server, lab.trust, signalled)));
    const sessionId = hex(parseCard(signalled.card).locator);
    const feed = watchKeys(server, signalled);
    await sleep(SECONDS * 1000);
    const trials = LINES.map((line, i): Trial => {
      const heard = verifiers[i].heard();
      return { variant: line.name, observed: story(heard), outcome: line.judge(heard, sessionId) };
    });
    const { keys, earlyMs } = feed.stop();
    const observed = `${keys} keys, the earliest ${(-earlyMs).toFixed(0)} ms after its time`;
    return [
      ...trials,
      { variant: 'keys before their time', observed, outcome: outcomeOf(earlyMs > EARLY_MS, keys > 0), figures: { earlyMs } },
    ];
  } finally {
    for (const own of verifiers) own.close();
    for (const call of calls) call.hangUp();
    await server.close();
  }
}

export const network: Attack = {
  id: 'network',
  title: 'Attack a call between real programs',
  threats: ['replay a recording', 'mix or insert unmarked speech', 'a compromised channel'],
  how:
    'A reference server with its database and channel in processes of their own, two calls to it over WebSocket and Opus, and verifiers that ask its channel over HTTP, on wall clocks. On the line somebody holds the sound back, puts the ' +
    'other call’s voice in its place, takes over, or cuts the channel; the feed is watched for keys before their time.',
  expected: `live only where nobody is between; after the attack lost within ${LOSS_SECONDS.toFixed(1)} s; no key early`,
  remains: 'those seconds',
  units: (size, tries) => tries ?? { quick: 0, normal: 1, full: 6 }[size],
  run: attempt,
};
