/** A few tries of the attack lab in every run; `npm run attack-lab` makes all of them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ATTACKS } from '../tools/attack-lab/src/attacks/index.ts';
import { Lab } from '../tools/attack-lab/src/lab.ts';

const tries = ATTACKS.flatMap((attack) => Array.from({ length: attack.units('quick', null) }, (_, unit) => ({ attack, unit })));

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});

describe('an attack', () => {
  it.each(
    tries.map(({ attack, unit }) => [attack.title, attack, unit] as const),
  )('fails as the table says: %s', async (_, attack, unit) => {
    for (const { variant, observed, outcome } of await attack.run(unit, lab))
      expect({ variant, observed, outcome }).toMatchObject({ outcome: 'held' });
  });
});
