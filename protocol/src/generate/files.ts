/** All vector files. */
import type { VectorFile } from '../vectors.ts';
import { makeFile, type Plan } from './builder.ts';
import { cardPlans } from './card.ts';
import { chainPlans } from './chain.ts';
import { channelPlans } from './channel.ts';
import { issuerPlans } from './issuer.ts';
import { lifePlans } from './life.ts';
import { matchPlans } from './match.ts';
import { recordPlans } from './record.ts';
import { sessionPlans } from './session.ts';
import { signalPlans } from './signal.ts';

const PLANS: readonly Plan[] = [
  ...signalPlans,
  ...cardPlans,
  ...chainPlans,
  ...recordPlans,
  ...sessionPlans,
  ...issuerPlans,
  ...channelPlans,
  ...lifePlans,
  ...matchPlans,
];

/** Makes every file, by its path. Throws an Error when this implementation contradicts a case. */
export async function makeFiles(): Promise<Map<string, VectorFile>> {
  const files = new Map<string, VectorFile>();
  const faults: string[] = [];
  for (const plan of PLANS) {
    if (files.has(plan.path)) throw new Error(`${plan.path} is there twice`);
    files.set(plan.path, await makeFile(plan, faults));
  }
  if (faults.length > 0) throw new Error(`this implementation contradicts its vectors:\n${faults.join('\n')}`);
  return files;
}
