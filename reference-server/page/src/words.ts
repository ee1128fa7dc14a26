/** What the page says, in plain words. */
import type { SpanEvent, SpanState } from '@undertone/token';
import type { CheatName } from './threads.ts';

export interface Saying {
  readonly title: string;
  readonly sentence: string;
}

/** Each state in one sentence. Only `live` may sound like proof. */
export const STATES: Readonly<Record<SpanState, Saying>> = {
  absent: { title: 'Nothing proven', sentence: 'No mark has been heard in this voice so far.' },
  claimed: { title: 'Claimed, not proven', sentence: 'This voice says who it is. A claim is not a proof.' },
  live: { title: 'Proven live', sentence: 'This voice proves by itself, every few seconds, who is speaking.' },
  attested: { title: 'Proven from a recording', sentence: 'The recording holds what was signed.' },
  stale: { title: 'No longer proven', sentence: 'It was proven before. What you hear now is not.' },
  conflict: {
    title: 'Contradicted',
    sentence: 'There is a mark, but it does not belong to what you hear. Do not believe this voice.',
  },
  revoked: { title: 'Withdrawn', sentence: 'The issuer has taken this identity back. Do not rely on it.' },
};

/** Why a state was reached, where it says more than the state itself. */
export const REASONS: Partial<Record<SpanEvent, string>> = {
  'unexplained-speech': 'Somebody is speaking, and nothing in that voice proves who.',
  'silence-timeout': 'Nobody has spoken for half a minute.',
  'channel-lost': 'The issuer’s side of the proof has stopped coming in.',
  ended: 'The session is over.',
  'digest-mismatch': 'The mark was made for other words than the ones you hear.',
  'key-mismatch': 'A key that was shown does not belong to this session.',
  equivocation: 'Two different statements were signed for the same moment.',
  'tags-failed': 'The seals in the voice do not fit.',
};

export const WAITING = { title: 'Not in a call', sentence: 'Call the agent, and watch its voice prove who it is.' } as const;
export const CONNECTING = { title: 'Calling', sentence: 'The agent is being called.' } as const;

export interface CheatText {
  readonly name: CheatName;
  readonly title: string;
  readonly does: string;
  /** What the visitor should expect. */
  readonly expect: string;
}

export const CHEATS: readonly CheatText[] = [
  {
    name: 'impersonate',
    title: 'Impersonate',
    does: 'Somebody else speaks in the agent’s place.',
    expect: 'The other voice carries no mark: no longer proven.',
  },
  {
    name: 'replay',
    title: 'Replay',
    does: 'What the agent said before is played again, over and over.',
    expect: 'The keys of those words are public by now: no longer proven.',
  },
  {
    name: 'delay',
    title: 'Delay',
    does: 'Everything is held back for four seconds.',
    expect: 'It arrives after its keys were shown, so anybody could have made it: no longer proven.',
  },
  {
    name: 'splice',
    title: 'Splice',
    does: 'Pieces of what is said change places.',
    expect: 'The mark no longer runs through the words: no longer proven.',
  },
  {
    name: 'transplant',
    title: 'Transplant',
    does: 'The mark is lifted off the agent’s voice and laid onto somebody else’s words.',
    expect: 'At first no longer proven; when enough of the mark was heard, it fits and the words do not: contradicted.',
  },
];

export interface Trouble {
  readonly title: string;
  readonly next: string;
}

const OURS: Trouble = { title: 'Something went wrong in this page.', next: 'Reload it and call again.' };

/** What can go wrong, by code, and what to do then. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  'insecure-page': {
    title: 'Browsers give a page sound only over https or on localhost.',
    next: 'Open this page under its https address.',
  },
  'sound-unsupported': {
    title: 'This browser cannot open its sound.',
    next: 'Check that a loudspeaker is there, or use a current browser.',
  },
  'microphone-denied': {
    title: 'The microphone is not allowed.',
    next: 'Allow it in the browser’s address bar, or let the sample voice speak for you.',
  },
  'microphone-missing': { title: 'No microphone was found.', next: 'Connect one, or let the sample voice speak for you.' },
  'microphone-busy': {
    title: 'The microphone could not be opened.',
    next: 'Close what else is using it, or let the sample voice speak for you.',
  },
  'server-full': { title: 'Every line is busy.', next: 'Try again in half a minute.' },
  'server-overloaded': { title: 'The server cannot keep up with the calls it has.', next: 'Try again in a minute.' },
  'engine-busy': { title: 'The agent has as many calls as it can speak in.', next: 'Try again in a minute.' },
  'thread-ended': {
    title: 'A part of the server failed, and this call with it.',
    next: 'Call again. What was said until now can be downloaded.',
  },
  'not-ready': {
    title: 'The server takes no calls at the moment.',
    next: 'Every line is busy, or it is being restarted. Try again in half a minute.',
  },
  'server-draining': {
    title: 'The server is being restarted.',
    next: 'Call again in a minute. What was said until now can be downloaded.',
  },
  'no-connection': { title: 'The server does not answer.', next: 'Check your connection and call again.' },
  'connection-lost': { title: 'The connection was lost.', next: 'Call again. What was said until now can be downloaded.' },
  'access-denied': { title: 'This server asks callers for a token.', next: 'Enter it under “More choices” and call again.' },
  'time-over': { title: 'The longest time for a call is over.', next: 'Call again to go on.' },
  'identity-unavailable': {
    title: 'The agent cannot prove who it is, so it does not speak.',
    next: 'Tell the operator, and call again later.',
  },
  'engine-unavailable': { title: 'The agent cannot speak at the moment.', next: 'Tell the operator, and call again later.' },
  'page-fault': OURS,
};

/** Nothing for an ordinary end. */
export function troubleOf(code: string): Trouble | null {
  if (code === 'caller-left') return null;
  return TROUBLES[code] ?? { title: `The call ended: ${code}.`, next: 'Call again.' };
}
