/** An auditor hears a call later: was its card in force then, and does a log hold it? Lists and proofs as files and at addresses. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelReport, detect } from '@undertone/detector';
import {
  type Card,
  fromHex,
  generateIssuerKey,
  hex,
  type IssuerKey,
  parseTrust,
  publicJwk,
  type SessionRecord,
  sessionRecordBytes,
} from '@undertone/token';
import {
  cosign,
  formatLogProof,
  formatTreeHead,
  formatVerifierKey,
  inclusionProof,
  KeyKind,
  type LogProof,
  leafHash,
  logEntry,
  MerkleTree,
  type NoteSigner,
  noteSigner,
  signNote,
} from '@undertone/token/log';
import { StatusList, StatusType, signStatusToken } from '@undertone/token/status';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { agentVoice, RATE } from '../src/demo/speech.ts';
import { type LogOptions, openLookUps } from '../src/look-up/index.ts';
import { markRecording } from '../src/marking.ts';
import { htmlReport, printReport } from '../src/print-report.ts';
import { judge } from '../src/verify.ts';

const HOUR = 3600_000;
const secret =
  (value: number) =>
  (n: number): Uint8Array =>
    new Uint8Array(n).fill(value);
const issuer = generateIssuerKey('Acme', secret(61));
const stranger = generateIssuerKey('Stranger', secret(62));
const trust = parseTrust([publicJwk(issuer), publicJwk(stranger)]);
const log = noteSigner('log.example', KeyKind.ED25519, secret(63)(32));
const witnesses = [64, 65].map((value) => noteSigner(`witness-${value}`, KeyKind.COSIGNATURE, secret(value)(32)));
const T0 = Date.UTC(2026, 0, 1);

let dir: string;
let server: Server;
let origin: string;
let record: SessionRecord;
let card: Card;
let endMs: number;
let recordEntry: Uint8Array;
let heard: ChannelReport;
const answers = new Map<string, string>();

interface Verdict {
  readonly code: number;
  readonly report: ChannelReport;
  readonly codes: readonly string[];
}

/** What `undertone verify` makes of the report and what is looked up. */
async function verify(status: readonly string[], proofs: LogOptions | null = null): Promise<Verdict> {
  const lookUp = await openLookUps({ trust, records: [record], status, log: proofs, nowMs: endMs + 10_000 * HOUR });
  const [report] = await lookUp([heard]);
  const codes = [report, ...report.spans].flatMap(({ findings }) => findings.map((finding) => finding.code));
  return { code: judge([report], { acceptWeakContent: false, minCoverage: null }), report, codes };
}

/** A list signed at `issuedAtMs`, with the card's status. */
const token = (
  issuedAtMs: number,
  status: number,
  by: IssuerKey = issuer,
  uri = 'https://acme.example/status',
): Promise<string> => {
  const list = new StatusList(2, 64);
  list.set(card.status, status);
  return signStatusToken({ uri, issuedAtMs, expiresAtMs: issuedAtMs + HOUR, ttlSeconds: 60, list }, by);
};
const { VALID, INVALID, SUSPENDED } = StatusType;

async function statusFile(...tokens: Promise<string>[]): Promise<string[]> {
  writeFileSync(join(dir, 'status.jwt'), (await Promise.all(tokens)).join('\n'));
  return [join(dir, 'status.jwt')];
}

/** A proof from a log that holds `entries`, its head cosigned `seenMs`. */
async function proofText(entries: readonly Uint8Array[], index: number, seenMs: number, by: readonly NoteSigner[] = witnesses) {
  const tree = new MerkleTree();
  for (const entry of entries) tree.append(leafHash(entry));
  const note = signNote(formatTreeHead({ origin: log.name, size: entries.length, root: await tree.root() }), log);
  const cosignatures = by.map((witness) => cosign(note, witness, Math.floor(seenMs / 1000)));
  const proof: LogProof = {
    index,
    hashes: await inclusionProof(index, entries.length, (level, at) => tree.read(level, at)),
    head: { ...note, signatures: [...note.signatures, ...cosignatures] },
  };
  return formatLogProof(proof);
}
const other = fromHex('00'.repeat(72));
const logOptions = (...proofs: string[]): LogOptions => ({
  log: formatVerifierKey(log),
  proofs,
  witnesses: witnesses.map(formatVerifierKey),
  quorum: witnesses.length,
});
function proofFile(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'undertone-past-'));
  const samples = await agentVoice();
  const marked = await markRecording({ samples, sampleRate: RATE, issuer, agent: 'concierge', t0Ms: T0 });
  record = marked.record;
  card = record.card;
  endMs = T0 + record.records.at(-1)!.slot * 2560;
  recordEntry = logEntry('session-record', card.cardHash, sessionRecordBytes(record));
  heard = detect(marked.samples, { sampleRate: RATE, trust, records: [record] });
  server = createServer((request, response) => {
    const answer = answers.get(request.url!);
    if (answer === 'endless') {
      const more = setInterval(() => response.write('A'.repeat(1 << 20)), 1);
      response.once('close', () => clearInterval(more));
    } else response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the status at the time of the call', () => {
  const earlier = (): number => card.t0Ms - 60_000;

  it.each<[string, () => Promise<string>[], string, object]>([
    ['revoked before', () => [token(earlier(), INVALID)], 'card-revoked', { during: { status: 'revoked' }, fromStart: true }],
    [
      'revoked during',
      () => [token(earlier(), VALID), token(endMs - 3000, INVALID)],
      'card-revoked',
      { during: { status: 'revoked' }, fromStart: false },
    ],
    ['suspended', () => [token(earlier(), SUSPENDED)], 'card-suspended', { during: { status: 'suspended' }, fromStart: true }],
  ])('%s: revoked, 3', async (_, tokens, code, status) => {
    const done = await verify(await statusFile(...tokens()));
    expect(done).toMatchObject({ code: 3, report: { state: 'revoked', sessions: [{ status }] } });
    expect(done.codes).toContain(code);
  });

  it('valid then and revoked later: the call stands, and it is told, 0', async () => {
    const done = await verify(await statusFile(token(earlier(), VALID), token(endMs + 10 * HOUR, INVALID)));
    expect(done).toMatchObject({ code: 0, report: { state: 'attested' } });
    expect(done.report.sessions[0].status).toMatchObject({ during: { status: 'valid' }, later: 'revoked' });
    expect(done.codes).toEqual(['revoked-later']);
  });

  it.each<[string, string, () => Promise<string>[]]>([
    ['only a list of later', 'status-not-yet-valid', () => [token(endMs + HOUR, VALID)]],
    ['only a list of long before', 'status-expired', () => [token(card.t0Ms - 2 * HOUR, VALID)]],
    ['a list of another issuer', 'status-bad-signature', () => [token(earlier(), VALID, stranger)]],
    [
      'a forged list',
      'status-bad-signature',
      () => [token(earlier(), VALID).then((jwt) => jwt.slice(0, -6) + jwt.slice(-8, -2))],
    ],
  ])('%s: unknown, 3, and the state becomes no better', async (_, code, tokens) => {
    const done = await verify(await statusFile(...tokens()));
    expect(done).toMatchObject({
      code: 3,
      report: { state: 'attested', sessions: [{ status: { during: { status: 'unknown', code } } }] },
    });
    expect(done.codes).toEqual(['status-unknown']);
  });

  it('is asked at an address, with the time of the call', async () => {
    const uri = `${origin}/status`;
    const asked = (ms: number): string => `/status?time=${Math.floor(ms / 1000)}`;
    for (const ms of [card.t0Ms, endMs]) answers.set(asked(ms), await token(earlier(), VALID, issuer, uri));
    expect(await verify([uri])).toMatchObject({
      code: 0,
      report: { sessions: [{ status: { during: { status: 'valid' } } }] },
    });
    answers.set(asked(endMs), await token(earlier(), VALID, issuer, 'https://acme.example/other'));
    expect(await verify([uri])).toMatchObject({ code: 3, codes: ['status-unknown'] });
    answers.set(asked(endMs), 'endless');
    const flooded = await verify([uri]);
    expect(flooded.report.sessions[0].status?.during).toEqual({ status: 'unknown', code: 'status-unavailable' });
  });

  it('is not asked unless told', async () => {
    expect((await verify([])).report.sessions).toMatchObject([{ status: null, log: null, startMs: card.t0Ms, endMs }]);
  });
});

describe('the log', () => {
  it('holds the session record, and its witnesses vouch for the time: 0', async () => {
    const proof = proofFile('good.txt', await proofText([other, recordEntry], 1, endMs + 5000));
    const done = await verify([], logOptions(proof));
    expect(done).toMatchObject({ code: 0, report: { spans: [{ time: 'witnessed' }] } });
    expect(done.report.sessions[0].log).toMatchObject({ included: true, entry: 'session-record', index: 1, size: 2 });
  });

  it('is asked itself', async () => {
    answers.set(`/log/proof/${hex(recordEntry)}`, await proofText([recordEntry, other], 0, endMs + 5000));
    expect(await verify([], logOptions(`${origin}/log`))).toMatchObject({ code: 0, report: { spans: [{ time: 'witnessed' }] } });
    expect(await verify([], logOptions(`${origin}/elsewhere`))).toMatchObject({ code: 3, codes: ['log-not-included'] });
  });

  it.each<[string, string, () => Promise<string[]>]>([
    ['holds another session', 'log-not-included', async () => [await proofText([other, recordEntry], 0, endMs)]],
    ['has too few witnesses', 'log-few-witnesses', async () => [await proofText([recordEntry], 0, endMs, [witnesses[0]])]],
    [
      'shows two trees of one size',
      'log-inconsistent',
      async () => [await proofText([recordEntry, other], 0, endMs), await proofText([other, recordEntry], 1, endMs)],
    ],
    [
      'is another log',
      'log-bad-signature',
      async () => [(await proofText([recordEntry], 0, endMs)).replaceAll('log.example', 'log.invalid')],
    ],
    ['was seen before the call was over', 'time-contradicted', async () => [await proofText([recordEntry], 0, endMs - 120_000)]],
  ])('%s: %s, 3', async (_, code, texts) => {
    const files = (await texts()).map((text, i) => proofFile(`proof-${i}.txt`, text));
    const done = await verify([], logOptions(...files));
    expect(done).toMatchObject({ code: 3, codes: [code], report: { spans: [{ time: 'asserted' }] } });
  });

  it('that saw the record much later proves that it was there, and not when the call was', async () => {
    const done = await verify([], logOptions(proofFile('late.txt', await proofText([recordEntry], 0, endMs + 1000 * HOUR))));
    expect(done).toMatchObject({ code: 0, codes: ['witnessed-late'], report: { spans: [{ time: 'asserted' }] } });
  });
});

describe('reports and options', () => {
  it('say it in words, in the terminal and as a page', async () => {
    const status = await statusFile(token(card.t0Ms - 60_000, VALID), token(endMs + 10 * HOUR, INVALID));
    const { report } = await verify(status, logOptions(proofFile('good.txt', await proofText([recordEntry], 0, endMs + 5000))));
    const said: string[] = [];
    const spy = vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
    const whole = {
      ...{ file: 'x.wav', fileSha256: '', tool: '', trust: [], durationSeconds: 1, sampleRate: RATE, format: 'wav' },
      ...{ truncated: false, channels: [report], exitCode: 0 },
    };
    printReport(whole, false);
    spy.mockRestore();
    await htmlReport(whole, join(dir, 'report.html'));
    for (const text of [said.join('\n'), readFileSync(join(dir, 'report.html'), 'utf8')]) {
      expect(text).toMatch(/not revoked by then; revoked by 2026-01-01T10:/);
      expect(text).toMatch(/its session record is entry 0 of the log.{1,5}s 1, seen by witnesses at 2026-01-01T00:/);
      expect(text).toContain('revoked-later');
    }
  });

  it.each<[string, () => Promise<unknown>]>([
    ['status-malformed', () => verify([proofFile('nonsense', 'nonsense')])],
    ['input-missing', () => verify([join(dir, 'missing.jwt')])],
    ['log-malformed', () => verify([], logOptions(proofFile('nonsense', 'nonsense')))],
    ['usage', () => verify([], { ...logOptions('x'), log: 'nonsense' })],
  ])('give %s', async (code, act) => {
    await expect(act()).rejects.toMatchObject({ code });
  });
});
