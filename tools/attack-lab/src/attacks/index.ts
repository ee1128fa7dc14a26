/** Every attack of the lab, in the order of the table. */
import type { Attack } from '../attack.ts';
import { compromisedChannel } from './channel.ts';
import { clockAnswers, clockSkew } from './clock.ts';
import { guessBits, guessLive, guessTags } from './guess.ts';
import { borrowedLocator, crossIssuer, downgrade, pollutedSymbols } from './identity.ts';
import { collusion, mix, offlineTransplant, overwrite, relay } from './mark.ts';
import { network } from './network.ts';
import { equivocation, revokedOrOver, splitLog, stolenKey } from './operator.ts';
import { replay, replayIntoNew } from './replay.ts';
import { splice } from './splice.ts';
import { takeover } from './takeover.ts';
import { liveTransplant, takeoverByLift } from './transplant.ts';

export const ATTACKS: readonly Attack[] = [
  borrowedLocator,
  replay,
  replayIntoNew,
  liveTransplant,
  takeoverByLift,
  offlineTransplant,
  mix,
  takeover,
  splice,
  clockSkew,
  clockAnswers,
  guessBits,
  guessLive,
  guessTags,
  equivocation,
  splitLog,
  pollutedSymbols,
  overwrite,
  collusion,
  relay,
  stolenKey,
  revokedOrOver,
  compromisedChannel,
  network,
  downgrade,
  crossIssuer,
];
