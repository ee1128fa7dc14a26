/**
 * What the page's threads say to each other. The line holds the call: socket, codecs, and whoever sits on the line and cheats. The
 * judge holds the detector and hears only what comes off the line. The main thread shows; it decides nothing about identity.
 */
import type { ChannelReport, DetectorEvent } from '@undertone/detector';
import type { Claims, PublicJwk } from '@undertone/token';

/** A clock that is one in every thread and never goes back, ms. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** What `/api/agent` says. */
export interface AgentInfo {
  readonly agent: string;
  /** Address of the verification channel. */
  readonly channel: string;
  /** The issuer's public key, as the server hands it out. */
  readonly issuer: PublicJwk;
  /** Whether callers have to show a token. */
  readonly needsToken: boolean;
}

/** What somebody on the line does to the agent's voice. */
export type CheatName = 'replay' | 'splice' | 'impersonate' | 'transplant' | 'delay';

/** Whose voice is sent. */
export type VoiceSource = 'microphone' | 'sample';

export interface LineStart {
  readonly type: 'start';
  /** Address of `/api/chat` with its query. */
  readonly url: string;
  /** Rate of the audio context, Hz. */
  readonly rate: number;
  readonly source: VoiceSource;
  /** Blocks from the microphone, at the context's rate. */
  readonly microphone: MessagePort;
  /** Blocks to the loudspeaker, at the context's rate. */
  readonly player: MessagePort;
  readonly judge: MessagePort;
}

export type ToLine =
  | LineStart
  /** The sample speaks its next phrase at once, also into the agent's speech. */
  | { readonly type: 'speak' }
  | { readonly type: 'mute'; readonly muted: boolean }
  | { readonly type: 'cheat'; readonly cheat: CheatName | null }
  | { readonly type: 'hang-up' }
  | { readonly type: 'recording'; readonly which: RecordingName }
  /** Draws what was judged over what was heard. `facts`: what happened, in lines. */
  | { readonly type: 'draw'; readonly report: ChannelReport; readonly facts: readonly string[] };

/** `received`: as it came from the network. `heard`: as it came off the line, with what was done to it. */
export type RecordingName = 'received' | 'heard';

export type FromLine =
  | { readonly type: 'connected' }
  | { readonly type: 'session'; readonly sessionId: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'barge-in' }
  /** Loudest samples of 40 ms of both voices; `agent` as it came off the line. */
  | { readonly type: 'levels'; readonly agent: number; readonly caller: number }
  /** There is enough speech of the agent to cheat with. */
  | { readonly type: 'can-cheat' }
  | { readonly type: 'ended'; readonly outcome: string; readonly message: string }
  | { readonly type: 'recording'; readonly which: RecordingName; readonly wav: Uint8Array<ArrayBuffer> }
  | { readonly type: 'drawn'; readonly html: string };

/** From the line to the judge, through a port of their own. */
export type LineToJudge =
  /** `renewed`: the call is going on under this card, from its beginning on. */
  | { readonly type: 'session' | 'renewed'; readonly card: Uint8Array; readonly claims: unknown }
  /** 24 kHz. `atMs`: when it had arrived, on the clock of {@link nowMs}; the judge may be busy when the message reaches it. */
  | { readonly type: 'sound'; readonly samples: Float32Array; readonly atMs: number }
  | { readonly type: 'end' };

export interface JudgeStart {
  readonly type: 'start';
  readonly agent: AgentInfo;
  /** The name under which the page asked for the call. */
  readonly audience: string;
  /** The role that the page asked for; empty for the engine's own. */
  readonly role: string;
  readonly line: MessagePort;
}

/** A card whose signature holds, and what it says. */
export interface Authority {
  readonly sessionId: string;
  /** The 32 bytes in hexadecimal digits. */
  readonly cardHash: string;
  readonly issuer: string;
  readonly kid: string;
  readonly claims: Claims;
  readonly fromMs: number;
  readonly untilMs: number;
  /** The card is made out to this very call. */
  readonly bound: boolean;
  /** The signed role is the one that was asked for; null when none was asked for. */
  readonly roleMatches: boolean | null;
}

/** What the judge learns beside the detector's events. */
export type Fact =
  | { readonly type: 'authority'; readonly authority: Authority }
  /** Of the card that is to continue the call's. */
  | { readonly type: 'next-authority'; readonly authority: Authority }
  /** The card does not hold; the code says why. */
  | { readonly type: 'card-refused'; readonly code: string }
  | { readonly type: 'status'; readonly status: 'valid' | 'revoked' | 'suspended' | 'unknown'; readonly atMs: number }
  /** The operator's clock has answered, signed by the session key. */
  | { readonly type: 'clock'; readonly tookMs: number }
  /** Signed records and disclosed keys that came through the channel. */
  | { readonly type: 'records'; readonly records: number; readonly keys: number }
  /** Checkpoints that the session key signed. */
  | { readonly type: 'checkpoint'; readonly epochs: number }
  | { readonly type: 'channel-unreachable'; readonly detail: string };

export type FromJudge =
  | { readonly type: 'event'; readonly event: DetectorEvent }
  | { readonly type: 'fact'; readonly fact: Fact }
  | { readonly type: 'report'; readonly report: ChannelReport; readonly seconds: number };
