/** Asks a witness for its cosignature (C2SP tlog-witness). */
import {
  cosignedAt,
  formatNote,
  MAX_NOTE_LENGTH,
  type Note,
  type NoteKey,
  type NoteSignature,
  parseNote,
  signaturesBy,
} from '@undertone/token/log';
import { ServerError } from '../errors.ts';
import { formatWitnessRequest } from './witness-request.ts';

const TIMEOUT_MS = 5000;

/** A witness and its public key. */
export interface WitnessAddress {
  readonly url: string;
  readonly key: NoteKey;
}

export class WitnessClient {
  readonly #at: WitnessAddress;
  /** Size of the tree that the witness cosigned last, as far as is known here. */
  #oldSize = 0;

  constructor(at: WitnessAddress) {
    this.#at = at;
  }

  /**
   * Has a note of a tree of `size` cosigned; `prove` gives the consistency proof from an older size. @returns the witness's signature
   * lines that hold. Rejects with `log-witness-refused`.
   */
  async cosign(note: Note, size: number, prove: (from: number) => Promise<Uint8Array[]>): Promise<readonly NoteSignature[]> {
    let answer = await this.#ask(note, prove);
    if (answer.status === 409) {
      const known = /^(0|[1-9]\d{0,14})\n$/.exec(answer.text)?.[1];
      // Another server of the fleet may have asked; a tree that is larger than ours is its business.
      if (known === undefined || Number(known) > size) throw refused(this.#at.url, answer.status);
      this.#oldSize = Number(known);
      answer = await this.#ask(note, prove);
    }
    if (answer.status !== 200) throw refused(this.#at.url, answer.status);
    const cosigned = parseNote(formatNote(note) + answer.text);
    if (cosignedAt(cosigned, this.#at.key) === null) throw refused(this.#at.url, 'a signature that does not hold');
    this.#oldSize = size;
    return signaturesBy(cosigned, this.#at.key);
  }

  async #ask(note: Note, prove: (from: number) => Promise<Uint8Array[]>): Promise<{ status: number; text: string }> {
    const oldSize = this.#oldSize;
    const proof = oldSize === 0 ? [] : await prove(oldSize);
    const answer = await fetch(new URL('add-checkpoint', this.#at.url.endsWith('/') ? this.#at.url : `${this.#at.url}/`), {
      method: 'POST',
      body: formatWitnessRequest({ oldSize, proof, note }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: answer.status, text: (await answer.text()).slice(0, MAX_NOTE_LENGTH) };
  }
}

function refused(url: string, why: number | string): ServerError {
  return new ServerError('log-witness-refused', `${url}: ${why}`);
}
