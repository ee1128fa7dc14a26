/** How calls end, and what the client is told. */
import type { ServerErrorCode } from '../errors.ts';

/** Why a call ended: an ordinary end, or the code of an error. */
export type Outcome = 'caller-left' | 'time-over' | 'server-draining' | 'internal' | ServerErrorCode;

/** WebSocket close codes (RFC 6455, section 7.4.1; 1012 and 1013 from its registry). */
const CLOSE_CODES: Partial<Record<Outcome, number>> = {
  'caller-left': 1000,
  'time-over': 1000,
  'server-draining': 1012,
  'server-full': 1013,
  'server-overloaded': 1013,
  'engine-busy': 1013,
  'chat-malformed': 1002,
  'chat-bad-audio': 1003,
  'chat-bad-parameter': 1008,
  'chat-too-fast': 1008,
  'chat-too-slow': 1008,
};

export const closeCode = (outcome: Outcome): number => CLOSE_CODES[outcome] ?? 1011;

/** Whether the client is to be told by an error message. */
export const isFault = (outcome: Outcome): boolean => !['caller-left', 'time-over', 'server-draining'].includes(outcome);
