/** Operations on what an issuer publishes: status lists, directories, logs (page 08). */
import { fromHex, hex, parseTrust } from '@undertone/token';
import { mergeDirectory, parseDirectory } from '@undertone/token/directory';
import {
  consistencyProof,
  inclusionProof,
  type LogPolicy,
  leafHash,
  MerkleTree,
  parseLogProof,
  parseVerifierKey,
  verifyConsistency,
  verifyInclusion,
  verifyLogProof,
} from '@undertone/token/log';
import { decodeStatusList, verifyStatusToken } from '@undertone/token/status';
import type { Json } from '../contract.ts';
import { bytes, list, number, type Operation, object, ok, refused, text } from './input.ts';

const hashes = (input: Json, name: string): Uint8Array[] => list(input, name).map((hash) => fromHex(hash as string));

/** The tree over entries given in hexadecimal. */
function treeOf(input: Json): MerkleTree {
  const tree = new MerkleTree();
  for (const entry of hashes(input, 'entries')) tree.append(leafHash(entry));
  return tree;
}

export const issuerOperations: { readonly [name: string]: Operation } = {
  'status.verify': async (input) => {
    const keys = parseTrust(input.trust).keys;
    const verdict = await verifyStatusToken(text(input, 'token'), keys, { uri: text(input, 'uri'), atMs: number(input, 'atMs') });
    if (!verdict.ok) return refused(verdict.code);
    const status = verdict.token.list.get(number(input, 'index'));
    if (status === null) return refused('status-out-of-range');
    return status === 0 ? ok({ status, ttlSeconds: verdict.token.ttlSeconds }) : refused('revoked');
  },
  'status.read': async (input) => {
    const statusList = await decodeStatusList(object(input, 'statusList'));
    return ok({ statuses: list(input, 'indices').map((index) => statusList.get(index as number)) });
  },
  'directory.merge': (input) => {
    const verdict = mergeDirectory(parseTrust(input.trust), parseDirectory(input.directory), {
      atMs: number(input, 'atMs'),
      ...(input.lastUpdated === undefined ? {} : { lastUpdated: number(input, 'lastUpdated') }),
    });
    if (!verdict.ok) return refused(verdict.code);
    return ok({
      signer: verdict.signer.kid,
      added: verdict.added.map((key) => key.kid),
      keys: verdict.trust.keys.map(({ kid, name, exp }) => ({ kid, name, exp: exp ?? null })),
    });
  },
  'log.root': async (input) => {
    const tree = treeOf(input);
    const size = number(input, 'size');
    return ok({
      root: hex(await tree.root(size)),
      inclusion: (await inclusionProof(number(input, 'index'), size, (l, i) => tree.read(l, i))).map(hex),
      consistency: (await consistencyProof(size, tree.size, (l, i) => tree.read(l, i))).map(hex),
    });
  },
  'log.include': (input) => {
    const [index, size, root] = [number(input, 'index'), number(input, 'size'), bytes(input, 'root')];
    const holds = verifyInclusion(leafHash(bytes(input, 'entry')), index, size, hashes(input, 'proof'), root);
    return holds ? ok() : refused('log-not-included');
  },
  'log.extend': (input) => {
    const [first, second] = [object(input, 'first'), object(input, 'second')];
    const holds = verifyConsistency(
      number(first, 'size'),
      number(second, 'size'),
      bytes(first, 'root'),
      bytes(second, 'root'),
      hashes(input, 'proof'),
    );
    return holds ? ok() : refused('log-inconsistent');
  },
  'log.verify': (input) => {
    const policy: LogPolicy = {
      log: parseVerifierKey(text(input, 'log')),
      witnesses: list(input, 'witnesses').map((key) => parseVerifierKey(key as string)),
      quorum: number(input, 'quorum'),
    };
    const verdict = verifyLogProof(bytes(input, 'entry'), parseLogProof(text(input, 'proof')), policy);
    if (!verdict.ok) return refused(verdict.code);
    return ok({ index: verdict.index, size: verdict.size, witnessedAt: verdict.witnessedAt });
  },
};
