/** All vector files. */
import type { Json } from '../contract.ts';
import type { VectorFile } from '../vectors.ts';
import { audioPlans } from './audio.ts';
import { makeFile, type Plan } from './builder.ts';
import { cardPlans } from './card.ts';
import { chainPlans } from './chain.ts';
import { channelPlans } from './channel.ts';
import { codePlans } from './code.ts';
import { issuerPlans } from './issuer.ts';
import { lifePlans } from './life.ts';
import { matchPlans } from './match.ts';
import { recordPlans } from './record.ts';
import { sessionPlans } from './session.ts';
import { signalPlans } from './signal.ts';

const PLANS: readonly Plan[] = [
  ...signalPlans,
  ...cardPlans,
  ...codePlans,
  ...chainPlans,
  ...recordPlans,
  ...sessionPlans,
  ...issuerPlans,
  ...channelPlans,
  ...lifePlans,
  ...matchPlans,
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
