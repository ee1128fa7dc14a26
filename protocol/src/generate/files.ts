/** All vector files. */

import { audioPlans } from '../cases/audio.ts';
import { authPlans } from '../cases/auth.ts';
import { cardPlans } from '../cases/card.ts';
import { chainPlans } from '../cases/chain.ts';
import { challengePlans } from '../cases/challenge.ts';
import { channelPlans } from '../cases/channel.ts';
import { checkpointPlans } from '../cases/checkpoint.ts';
import { claimsPlans } from '../cases/claims.ts';
import { clockPlans } from '../cases/clock.ts';
import { codePlans } from '../cases/code.ts';
import { digestPlans } from '../cases/digest.ts';
import { directoryPlans } from '../cases/directory.ts';
import { framePlans } from '../cases/frame.ts';
import { jwtPlans } from '../cases/jwt.ts';
import { jwtClaimsPlans } from '../cases/jwt-claims.ts';
import { logPlans } from '../cases/log.ts';
import { matchPlans } from '../cases/match.ts';
import { recordPlans } from '../cases/record.ts';
import { renewalPlans } from '../cases/renewal.ts';
import { sessionPlans } from '../cases/session.ts';
import { sessionMemberPlans } from '../cases/session-members.ts';
import { signalPlans } from '../cases/signal.ts';
import { statePlans } from '../cases/state.ts';
import { statusPlans } from '../cases/status.ts';
import { symbolPlans } from '../cases/symbols.ts';
import type { Json } from '../contract.ts';
import type { VectorFile } from '../vectors.ts';
import { makeFile, type Plan } from './builder.ts';

/** In the order of the pages. */
const PLANS: readonly Plan[] = [
  ...cardPlans,
  ...claimsPlans,
  ...jwtPlans,
  ...jwtClaimsPlans,
  ...sessionPlans,
  ...sessionMemberPlans,
  ...signalPlans,
  ...framePlans,
  ...codePlans,
  ...challengePlans,
  ...chainPlans,
  ...clockPlans,
  ...recordPlans,
  ...authPlans,
  ...symbolPlans,
  ...checkpointPlans,
  ...digestPlans,
  ...channelPlans,
  ...directoryPlans,
  ...statusPlans,
  ...renewalPlans,
  ...logPlans,
  ...matchPlans,
  ...statePlans,
];

/** Makes the files of plans, by their path. Throws an Error when this implementation contradicts a case. */
async function makeAll(plans: readonly Plan[]): Promise<Map<string, VectorFile>> {
  const files = new Map<string, VectorFile>();
  const faults: string[] = [];
  for (const plan of plans) {
    if (files.has(plan.path)) throw new Error(`${plan.path} is there twice`);
    files.set(plan.path, await makeFile(plan, faults));
  }
  if (faults.length > 0) throw new Error(`this implementation contradicts its vectors:\n${faults.join('\n')}`);
  return files;
}

/** Every file without sound. */
export const makeFiles = (): Promise<Map<string, VectorFile>> => makeAll(PLANS);

/** The files whose vectors are recordings; `records` are the session records that were made with the recordings. */
export const makeAudioFiles = (records: { readonly [name: string]: Json }): Promise<Map<string, VectorFile>> =>
  makeAll(audioPlans(records));
