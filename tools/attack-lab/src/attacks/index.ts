/** Every attack of the lab, in the order of the table. */
import type { Attack } from '../attack.ts';
import { compromisedChannel } from './channel.ts';
import { clockAnswers, clockSkew } from './clock.ts';
import { replay, replayIntoNew } from './replay.ts';
import { splice } from './splice.ts';
import { takeover } from './takeover.ts';
import { liveTransplant, takeoverByLift } from './transplant.ts';

export const ATTACKS: readonly Attack[] = [
  replay,
  replayIntoNew,
  clockSkew,
  clockAnswers,
  compromisedChannel,
  liveTransplant,
  takeoverByLift,
  takeover,
  splice,
];
