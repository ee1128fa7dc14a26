import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from '@undertone/token';
import {
  consistencyProof,
  cosignedAt,
  formatNote,
  KeyKind,
  leafHash,
  MerkleTree,
  noteSigner,
  parseNote,
  signTreeHead,
} from '@undertone/token/log';
import { afterAll, describe, expect, it } from 'vitest';
import { createWitness } from '../src/log/witness.ts';
import { formatWitnessRequest } from '../src/log/witness-request.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ORIGIN = 'log.example/undertone';
const log = noteSigner(ORIGIN, KeyKind.ED25519, randomBytes(32));
const signer = noteSigner('witness.example', KeyKind.COSIGNATURE, randomBytes(32));
const tree = new MerkleTree();
const forked = new MerkleTree();
for (let i = 0; i < 40; i++) {
  tree.append(leafHash(Uint8Array.of(i)));
  forked.append(leafHash(Uint8Array.of(i === 3 ? 99 : i)));
}

async function ask(
  size: number,
  oldSize: number,
  options: { of?: MerkleTree; by?: typeof log; origin?: string; from?: number } = {},
) {
  const { of = tree, by = log, origin = ORIGIN, from = oldSize } = options;
  const note = signTreeHead({ origin, size, root: await of.root(size) }, by);
  const proof = from === 0 || from > size ? [] : await consistencyProof(from, size, (level, index) => of.read(level, index));
  // As after a restart: what counts is in the file.
  const witness = await createWitness({
    signer,
    logs: [log],
    stateFile: join(folder, 'state.json'),
    nowMs: () => 1_800_000_000_000,
  });
  const { statusCode, body } = await witness.inject({
    method: 'POST',
    url: '/add-checkpoint',
    payload: formatWitnessRequest({ oldSize, proof, note }),
  });
  await witness.close();
  return {
    status: statusCode,
    body,
    cosigned: statusCode === 200 ? cosignedAt(parseNote(formatNote(note) + body), signer) : null,
  };
}

describe('a witness', () => {
  it('cosigns a log that only grows, and remembers it through a restart', async () => {
    expect(await ask(10, 0)).toMatchObject({ status: 200, cosigned: 1_800_000_000 });
    expect(await ask(10, 10)).toMatchObject({ status: 200 });
    expect(await ask(25, 10)).toMatchObject({ status: 200 });
  });
  it('says what it has seen when the old size is another', async () => {
    expect(await ask(30, 0)).toMatchObject({ status: 409, body: '25\n' });
    expect(await ask(20, 10)).toMatchObject({ status: 409, body: '25\n' });
  });
  it('never cosigns a tree that was changed, a shorter one, or a proof that does not hold', async () => {
    expect(await ask(30, 25, { of: forked })).toMatchObject({ status: 422 });
    expect(await ask(25, 25, { of: forked })).toMatchObject({ status: 409 });
    expect(await ask(30, 25, { from: 24 })).toMatchObject({ status: 422 });
    expect(await ask(20, 25)).toMatchObject({ status: 400 });
  });
  it('knows its logs, and their keys', async () => {
    const stranger = noteSigner('other.example', KeyKind.ED25519, randomBytes(32));
    expect(await ask(30, 25, { by: stranger, origin: 'other.example' })).toMatchObject({ status: 404 });
    const impostor = noteSigner(ORIGIN, KeyKind.ED25519, randomBytes(32));
    expect(await ask(30, 25, { by: impostor })).toMatchObject({ status: 403 });
  });
  it('refuses what is no request', async () => {
    const witness = await createWitness({ signer, logs: [log], stateFile: join(folder, 'none.json'), nowMs: () => 0 });
    for (const payload of ['', 'old 1', 'old -1\n\nx', 'old 1\nAAAA\n\nx\n', `old 0\n${'A'.repeat(200_000)}`, '{}'])
      expect((await witness.inject({ method: 'POST', url: '/add-checkpoint', payload })).statusCode).toBeGreaterThanOrEqual(400);
    await witness.close();
  });
});
