/** The log as anyone reads it: the tree head and tiles (C2SP tlog-tiles), and proofs for auditors (C2SP tlog-proof). */
import { fromHex } from '@undertone/token';
import {
  encodeEntryBundle,
  formatLogProof,
  inclusionProof,
  LOG_ENTRY_BYTES,
  parseNote,
  parseTilePath,
  TILE_WIDTH,
  tileBytes,
  tileWidth,
} from '@undertone/token/log';
import type { FastifyInstance } from 'fastify';
import type { LogStore } from '../store/log-store.ts';
import { GrowingTree } from './growing-tree.ts';

/** A tile with all its hashes never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Adds the log's routes under `/log`. */
export function logRoutes(app: FastifyInstance, store: LogStore): void {
  const growing = new GrowingTree(store);
  const { tree } = growing;

  app.get('/log/checkpoint', async (_, reply) => {
    const head = await store.head();
    return head === null
      ? reply.code(404).send({ error: 'log-empty' })
      : reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(head.note);
  });

  app.get<{ Params: { '*': string } }>('/log/tile/*', async (request, reply) => {
    const tile = parseTilePath(`tile/${request.params['*']}`);
    // Only what a signed head covers is shown.
    const size = (await store.head())?.size ?? 0;
    if (tile === null || tileWidth(tile.level, tile.index, size) < tile.width)
      return reply.code(404).send({ error: 'not-found' });
    let bytes: Uint8Array | null;
    if (tile.level === 'entries') {
      const leaves = await store.leaves(tile.index * TILE_WIDTH);
      bytes = encodeEntryBundle(leaves.slice(0, tile.width).map(({ entry }) => entry));
    } else {
      await growing.grow(size);
      bytes = tileBytes(tree, tile);
    }
    if (bytes === null) return reply.code(404).send({ error: 'not-found' });
    return reply.type('application/octet-stream').header('cache-control', FOR_EVER).send(Buffer.from(bytes));
  });

  const entry = { type: 'string', pattern: `^[0-9a-f]{${LOG_ENTRY_BYTES * 2}}$` };
  app.get<{ Params: { entry: string } }>(
    '/log/proof/:entry',
    { schema: { params: { type: 'object', required: ['entry'], properties: { entry } } } },
    async (request, reply) => {
      const head = await store.head();
      const index = await store.indexOf(fromHex(request.params.entry));
      if (head === null || index === null || index >= head.size) return reply.code(404).send({ error: 'log-not-included' });
      await growing.grow(head.size);
      const hashes = await inclusionProof(index, head.size, (level, at) => tree.read(level, at));
      return reply
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(formatLogProof({ index, hashes, head: parseNote(head.note) }));
    },
  );
}
