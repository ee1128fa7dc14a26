/** `--log KEY --proof FILE|URL`: whether a transparency log holds a session, and by when its witnesses had seen it. */
import type { LogReport } from '@undertone/detector';
import { type Card, constantTimeEqual, type SessionRecord, sessionRecordBytes, TokenError } from '@undertone/token';
import {
  fetchLogProof,
  type LogPolicy,
  type LogProof,
  logEntry,
  type NoteKey,
  parseLogProof,
  parseVerifierKey,
  verifyLogProof,
  verifyTreeHead,
} from '@undertone/token/log';
import { CliError } from '../errors.ts';
import { readBytes } from '../io.ts';
import { isUrl } from './is-url.ts';

/** What the command line says of logs. */
export interface LogOptions {
  /** Verifier key of the log. */
  readonly log: string;
  /** Files with C2SP tlog-proofs, and prefixes of logs that give them. */
  readonly proofs: readonly string[];
  /** Verifier keys of witnesses, and how many of them must have cosigned. */
  readonly witnesses: readonly string[];
  readonly quorum: number;
}

function verifierKey(text: string, option: string): NoteKey {
  try {
    return parseVerifierKey(text);
  } catch (error) {
    throw new CliError('usage', `${option} ${text}: ${(error as Error).message}`);
  }
}

type Included = Extract<LogReport, { included: true }>;
type LogCode = Extract<LogReport, { included: false }>['code'];

/** The code of what came from a file or a log. Throws whatever else went wrong. */
function logCode(error: unknown): LogCode {
  if (error instanceof TokenError && (error.code === 'log-unavailable' || error.code === 'log-malformed')) return error.code;
  throw error;
}

export class LogProofs {
  readonly #policy: LogPolicy;
  readonly #kept: readonly LogProof[];
  readonly #prefixes: readonly string[];
  /** Root by size of every head that the log signed: two of one size, and the log lies to somebody. */
  readonly #roots = new Map<number, Uint8Array>();

  private constructor(policy: LogPolicy, kept: readonly LogProof[], prefixes: readonly string[]) {
    this.#policy = policy;
    this.#kept = kept;
    this.#prefixes = prefixes;
  }

  /** Rejects with `usage`, `input-missing`, or `log-malformed` for a file that holds something else. */
  static async open({ log, proofs, witnesses, quorum }: LogOptions): Promise<LogProofs> {
    const policy = {
      log: verifierKey(log, '--log'),
      witnesses: witnesses.map((text) => verifierKey(text, '--witness')),
      quorum,
    };
    const kept = await Promise.all(
      proofs.filter((place) => !isUrl(place)).map(async (path) => parseLogProof(new TextDecoder().decode(await readBytes(path)))),
    );
    return new LogProofs(policy, kept, proofs.filter(isUrl));
  }

  /** Looks for a session's signed record, or for its card where there is none. */
  async look(card: Card, record: SessionRecord | undefined): Promise<LogReport> {
    const signed = record?.signature ? record : null;
    const entry = signed ? 'session-record' : 'card';
    const bytes = logEntry(entry, card.cardHash, signed ? sessionRecordBytes(signed) : card.bytes);
    const told = [...this.#kept, ...(await this.#fetched(bytes))].map((proof) => this.#judge(bytes, proof));
    // Proofs of other sessions are among the files too; one that speaks of this session says more.
    const verdict =
      told.find((v) => v === 'log-inconsistent') ??
      told.find((v) => typeof v === 'object') ??
      told.find((v) => v !== 'log-not-included') ??
      'log-not-included';
    return typeof verdict === 'object' ? { included: true, entry, ...verdict } : { included: false, entry, code: verdict };
  }

  /** Proofs from the logs themselves; a log that does not hold the entry gives none. */
  async #fetched(entry: Uint8Array): Promise<(LogProof | LogCode)[]> {
    const proofs: (LogProof | LogCode)[] = [];
    for (const prefix of this.#prefixes) {
      try {
        const text = await fetchLogProof(prefix, entry);
        if (text !== null) proofs.push(parseLogProof(text));
      } catch (error) {
        proofs.push(logCode(error));
      }
    }
    return proofs;
  }

  #judge(entry: Uint8Array, proof: LogProof | LogCode): LogCode | Pick<Included, 'index' | 'size' | 'witnessedAt'> {
    if (typeof proof === 'string') return proof;
    try {
      if (!this.#seen(proof)) return 'log-inconsistent';
      const verdict = verifyLogProof(entry, proof, this.#policy);
      if (!verdict.ok) return verdict.code;
      const { index, size, witnessedAt } = verdict;
      return { index, size, witnessedAt };
    } catch (error) {
      return logCode(error);
    }
  }

  /** Remembers the head of a proof. @returns whether the log has not signed another tree of the same size */
  #seen(proof: LogProof): boolean {
    const head = verifyTreeHead(proof.head, this.#policy.log);
    if (head === null) return true;
    const other = this.#roots.get(head.size) ?? head.root;
    this.#roots.set(head.size, other);
    return constantTimeEqual(other, head.root);
  }
}
