import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { perform } from '../src/adapter/operations.ts';
import type { Json } from '../src/contract.ts';
import { crossMatrix } from '../src/cross.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-cross-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** This implementation in the folder, without a process of its own. */
const ask = (operation: string, input: Json) => {
  const within = (name: 'audio' | 'output'): Json =>
    typeof input[name] === 'string' ? { [name]: join(folder, input[name]) } : {};
  return perform(operation, { ...input, ...within('audio'), ...within('output') });
};

describe('encoders and detectors', () => {
  it('of this implementation understand each other through every channel', async () => {
    const results = await crossMatrix([{ name: 'undertone', ask }], folder);
    expect(results).toHaveLength(9);
    expect(results.filter((r) => r.outcome !== 'passed')).toEqual([]);
  }, 600_000);
});
