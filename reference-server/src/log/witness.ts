/**
 * A witness (C2SP tlog-witness): cosigns a log's tree heads, with its time, as long as each extends the one before. It keeps one file for
 * all logs, written and synced before any cosignature leaves.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isObject, TokenError, tryParseJson } from '@undertone/token';
import {
  base64,
  formatNote,
  fromBase64,
  type NoteKey,
  type NoteSigner,
  parseTreeHead,
  type TreeHead,
  witnessTreeHead,
} from '@undertone/token/log';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { parseWitnessRequest } from './witness-request.ts';

export interface WitnessOptions {
  readonly signer: NoteSigner;
  /** Logs that are witnessed. */
  readonly logs: readonly NoteKey[];
  /** What was cosigned last, as JSON. */
  readonly stateFile: string;
  readonly nowMs: () => number;
}

/** Makes the witness's HTTP service, which does not listen yet. */
export async function createWitness(options: WitnessOptions): Promise<FastifyInstance> {
  const { signer, logs, nowMs } = options;
  const seen = await readState(options.stateFile);
  // One request at a time: checking against the last head and keeping the new one must not be parted.
  let turn: Promise<unknown> = Promise.resolve();

  const add = async (text: string, reply: FastifyReply): Promise<FastifyReply> => {
    const { oldSize, proof, note } = parseWitnessRequest(text);
    const { origin, size, root } = parseTreeHead(note.text);
    const log = logs.find(({ name }) => name === origin);
    if (log === undefined) return reply.code(404).send('unknown log\n');
    if (oldSize > size) return reply.code(400).send('the old size is larger\n');
    const last = seen.get(origin) ?? null;
    const verdict = witnessTreeHead(note, last, proof, { log, witness: signer }, Math.floor(nowMs() / 1000));
    if (!verdict.ok && verdict.code === 'log-bad-signature') return reply.code(403).send('no signature of the log\n');
    const lastSize = last?.size ?? 0;
    if (oldSize !== lastSize || (size === lastSize && last !== null && base64(root) !== base64(last.root)))
      return reply.code(409).header('content-type', 'text/x.tlog.size').send(`${lastSize}\n`);
    if (!verdict.ok) return reply.code(422).send(`${verdict.code}\n`);
    seen.set(origin, verdict.head);
    await writeState(options.stateFile, seen);
    return reply.send(formatNote({ text: '', signatures: [verdict.cosignature] }).slice(1));
  };

  const app = fastify({ bodyLimit: 1 << 17 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body));
  app.post('/add-checkpoint', (request, reply) => {
    const answered = turn.then(() => add(String(request.body ?? ''), reply));
    turn = answered.catch(() => {});
    return answered;
  });
  app.setErrorHandler((error, _, reply) =>
    error instanceof TokenError ? reply.code(400).send(`${error.message}\n`) : reply.code(500).send('internal\n'),
  );
  return app;
}

async function readState(file: string): Promise<Map<string, TreeHead>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
  const json = tryParseJson(text);
  if (!isObject(json)) throw new Error(`${file} is no state of a witness`);
  return new Map(
    Object.entries(json).map(([origin, head]) => {
      const { size, root } = head as { size: number; root: string };
      return [origin, { origin, size, root: fromBase64(root) }];
    }),
  );
}

async function writeState(file: string, seen: ReadonlyMap<string, TreeHead>): Promise<void> {
  const json = Object.fromEntries([...seen].map(([origin, { size, root }]) => [origin, { size, root: base64(root) }]));
  await mkdir(dirname(file), { recursive: true });
  const written = await open(`${file}.new`, 'w', 0o600);
  await written.writeFile(`${JSON.stringify(json, null, 2)}\n`);
  await written.sync();
  await written.close();
  await rename(`${file}.new`, file);
}
