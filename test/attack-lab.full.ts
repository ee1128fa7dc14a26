/** A few tries of the attack lab in every run; `npm run attack-lab` makes all of them. */
import { readFile } from 'node:fs/promises';
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

describe('the threat table of the specification', () => {
  it('names for its rows programs that the lab has, and the lab has none without a row', async () => {
    const page = await readFile(new URL('../protocol/spec/10-security.md', import.meta.url), 'utf8');
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .slice(2);
    const named = new Map(rows.map((cells) => [cells[1], [...cells[5].matchAll(/`([a-z-]+)`/g)].map(([, name]) => name)]));
    expect([...named.values()].flat().filter((name) => !ATTACKS.some(({ id }) => id === name))).toEqual([]);
    for (const { id, threats } of ATTACKS)
      for (const threat of threats) expect(named.get(threat), `${id}: ${threat}`).toContain(id);
    expect([...named].filter(([, names]) => names.length === 0).map(([threat]) => threat)).toEqual(['malformed input']);
  });
});
