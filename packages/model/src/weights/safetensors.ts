/** Reads safetensors files: an eight-byte length, a JSON header, then the tensors' bytes. Nothing is trusted before it is checked. */
import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { ModelError } from '../errors.ts';
import { elementCount, STORED_BYTES, type StoredTensor, type StoredType, type TensorSource } from './tensor-source.ts';

/** The largest published header has 475 tensors and takes 60 kB. */
const HEADER_LIMIT = 16 * 1024 * 1024;

interface Located extends StoredTensor {
  readonly begin: number;
  readonly end: number;
}

export class SafetensorsFile implements TensorSource {
  readonly label: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  private readonly fd: number;
  private readonly base: number;
  private readonly located: ReadonlyMap<string, Located>;

  /**
   * Opens and checks a file; symbolic links, as in Hugging Face's cache, are followed.
   * @throws ModelError `weights-missing`, `weights-malformed`
   */
  constructor(path: string) {
    this.label = basename(path);
    try {
      this.fd = openSync(realpathSync(path), 'r');
    } catch (cause) {
      throw new ModelError('weights-missing', `${path} cannot be read`, { cause });
    }
    try {
      const size = fstatSync(this.fd).size;
      const prefix = new Uint8Array(8);
      this.fill(0, prefix);
      const length = new DataView(prefix.buffer).getBigUint64(0, true);
      if (length < 2n || length > BigInt(HEADER_LIMIT)) this.malformed(`its header would take ${length} bytes`);
      this.base = 8 + Number(length);
      if (this.base > size) this.malformed(`it ends at byte ${size}, inside its header`);
      const header = new Uint8Array(Number(length));
      this.fill(8, header);
      this.located = this.parse(header, size - this.base);
      this.tensors = this.located;
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  read(name: string, start: number, into: Uint8Array): void {
    const tensor = this.located.get(name);
    if (!tensor) throw new ModelError('tensor-missing', `${this.label}: there is no tensor ${name}`);
    const from = tensor.begin + start * STORED_BYTES[tensor.dtype];
    if (start < 0 || from + into.length > tensor.end)
      throw new ModelError('tensor-mismatch', `${this.label}: ${name} ends before byte ${from + into.length}`);
    this.fill(this.base + from, into);
  }

  close(): void {
    closeSync(this.fd);
  }

  private fill(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const got = readSync(this.fd, into, done, into.length - done, offset + done);
      if (got === 0) this.malformed(`it ends at byte ${offset + done}, inside what should reach ${offset + into.length}`);
      done += got;
    }
  }

  private parse(header: Uint8Array, dataBytes: number): Map<string, Located> {
    let json: unknown;
    try {
      json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
    } catch {
      this.malformed('its header is not JSON');
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json)) this.malformed('its header is not an object');
    const tensors = new Map<string, Located>();
    for (const [name, entry] of Object.entries(json as Record<string, unknown>))
      if (name !== '__metadata__') tensors.set(name, this.entry(name, entry, dataBytes));
    let last = 0;
    for (const [name, tensor] of [...tensors].sort((a, b) => a[1].begin - b[1].begin)) {
      if (tensor.begin < last) this.malformed(`tensor ${name} overlaps the one before it`);
      last = tensor.end;
    }
    return tensors;
  }

  private entry(name: string, entry: unknown, dataBytes: number): Located {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    const whole = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
    if (typeof dtype !== 'string' || !Object.hasOwn(STORED_BYTES, dtype)) this.malformed(`tensor ${name} has no known type`);
    if (!Array.isArray(shape) || shape.length > 8 || !shape.every(whole)) this.malformed(`tensor ${name} has no valid shape`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) this.malformed(`tensor ${name} has no valid offsets`);
    const [begin, end] = offsets as [number, number];
    const need = elementCount(shape) * STORED_BYTES[dtype as StoredType];
    if (begin > end || end - begin !== need) this.malformed(`tensor ${name} takes ${end - begin} bytes where its shape needs ${need}`);
    if (end > dataBytes) this.malformed(`tensor ${name} reaches byte ${end} of ${dataBytes}: the file is truncated`);
    return { dtype: dtype as StoredType, shape, begin, end };
  }

  private malformed(why: string): never {
    throw new ModelError('weights-malformed', `${this.label}: ${why}`);
  }
}
