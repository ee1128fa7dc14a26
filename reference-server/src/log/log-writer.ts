/** The log's signer: gives entries their places, signs tree heads, and has witnesses cosign them. */
import { utf8 } from '@undertone/token';
import { consistencyProof, formatNote, formatTreeHead, KeyKind, type Note, type NoteKey, noteKey } from '@undertone/token/log';
import type { Signer } from '../issuer/keystore.ts';
import type { LogStore } from '../store/log-store.ts';
import { GrowingTree } from './growing-tree.ts';
import { type WitnessAddress, WitnessClient } from './witness-client.ts';

/** Entries are collected for so long before a head is signed over them. */
const EVERY_MS = 1000;

export interface LogWriterOptions {
  readonly store: LogStore;
  readonly signer: Signer;
  /** The log's name. */
  readonly origin: string;
  readonly witnesses: readonly WitnessAddress[];
  readonly onError: (error: unknown) => void;
}

export class LogWriter {
  /** The log's public key. */
  readonly key: NoteKey;
  readonly #options: LogWriterOptions;
  readonly #tree: GrowingTree;
  readonly #witnesses: readonly WitnessClient[];
  #timer: NodeJS.Timeout | null = null;
  #publishing: Promise<void> = Promise.resolve();

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.key = noteKey(options.origin, KeyKind.ED25519, options.signer.publicKey);
    this.#tree = new GrowingTree(options.store);
    this.#witnesses = options.witnesses.map((at) => new WitnessClient(at));
  }

  /** Makes an entry durable; a tree head over it follows within a second or so. */
  append(entry: Uint8Array): Promise<void> {
    return this.#options.store.append(entry);
  }

  /** Begins to publish tree heads. */
  start(): void {
    this.#timer = setInterval(() => {
      this.#publishing = this.#publishing.then(() => this.publish()).catch(this.#options.onError);
    }, EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#publishing;
  }

  /** Signs a tree head over all entries, unless the newest covers them, and has it cosigned. */
  async publish(): Promise<void> {
    const { store, signer, origin } = this.#options;
    const { tree } = this.#tree;
    await this.#tree.grow();
    const { size } = tree;
    if (size === 0 || ((await store.head())?.size ?? 0) >= size) return;
    const text = formatTreeHead({ origin, size, root: await tree.root(size) });
    const { name, keyId } = this.key;
    const note: Note = { text, signatures: [{ name, keyId, signature: await signer.sign(utf8(text)) }] };
    await store.putHead({ size, note: formatNote(note) });
    const cosigned = await this.#cosigned(note, size);
    if (cosigned.signatures.length > 1) await store.putHead({ size, note: formatNote(cosigned) });
  }

  /** With the cosignatures of those witnesses that give one. */
  async #cosigned(note: Note, size: number): Promise<Note> {
    const prove = (from: number): Promise<Uint8Array[]> =>
      consistencyProof(from, size, (level, index) => this.#tree.tree.read(level, index));
    const asked = await Promise.allSettled(this.#witnesses.map((witness) => witness.cosign(note, size, prove)));
    for (const answer of asked) if (answer.status === 'rejected') this.#options.onError(answer.reason);
    return { ...note, signatures: [...note.signatures, ...asked.flatMap((a) => (a.status === 'fulfilled' ? a.value : []))] };
  }
}
