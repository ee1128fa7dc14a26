/**
 * The list: one status of 1, 2, 4 or 8 bits for each card, the first in the least significant bits of byte 0, compressed with
 * ZLIB (RFC 1950).
 */
import { base64url, fromBase64url } from '../bytes.ts';
import { TokenError } from '../errors.ts';
import { isObject } from '../json.ts';
import { inflate, zlib } from './zlib.ts';

/** Status types of the draft; 3 and more are the issuer's own and never count as valid. */
export const StatusType: { readonly VALID: 0; readonly INVALID: 1; readonly SUSPENDED: 2 } = {
  VALID: 0,
  INVALID: 1,
  SUSPENDED: 2,
};

export type StatusBits = 1 | 2 | 4 | 8;

/** Largest list, uncompressed: 32 million statuses of one bit. */
export const MAX_STATUS_BYTES: number = 4 * 1024 * 1024;

/** The `status_list` member of a token. */
export type StatusListJson = { readonly bits: StatusBits; readonly lst: string };

function fail(what: string): never {
  throw new TokenError('status-malformed', what);
}

function isStatusBits(value: unknown): value is StatusBits {
  return value === 1 || value === 2 || value === 4 || value === 8;
}

export class StatusList {
  readonly bits: StatusBits;
  /** The uncompressed bytes. */
  readonly bytes: Uint8Array;

  /** A list of `bytes`, or of zeros for at least `size` cards. Throws `status-malformed`. */
  constructor(bits: StatusBits, content: Uint8Array | number) {
    if (!isStatusBits(bits)) fail('bits');
    const length = typeof content === 'number' ? Math.ceil((content * bits) / 8) : content.length;
    if (!(length >= 1 && length <= MAX_STATUS_BYTES)) fail('size');
    this.bits = bits;
    this.bytes = typeof content === 'number' ? new Uint8Array(length) : content.slice();
  }

  /** Statuses that fit. */
  get size(): number {
    return (this.bytes.length * 8) / this.bits;
  }

  /** Status of an index, or `null` outside the list, which a verifier must not take for valid. */
  get(index: number): number | null {
    if (!Number.isInteger(index) || index < 0 || index >= this.size) return null;
    const bit = index * this.bits;
    return (this.bytes[bit >> 3] >> (bit & 7)) & (2 ** this.bits - 1);
  }

  /** Throws `bad-argument` outside the list, or for a status that does not fit. */
  set(index: number, status: number): void {
    const mask = 2 ** this.bits - 1;
    if (this.get(index) === null) throw new TokenError('bad-argument', `index ${index}`);
    if (!Number.isInteger(status) || status < 0 || status > mask) throw new TokenError('bad-argument', `status ${status}`);
    const bit = index * this.bits;
    this.bytes[bit >> 3] = (this.bytes[bit >> 3] & ~(mask << (bit & 7))) | (status << (bit & 7));
  }
}

/** Compresses a list. */
export async function encodeStatusList(list: StatusList): Promise<StatusListJson> {
  return { bits: list.bits, lst: base64url(await zlib(list.bytes)) };
}

/** Reads the `status_list` member (a parsed JSON value); never inflates more than `maxBytes`. Throws `status-malformed`. */
export async function decodeStatusList(json: unknown, maxBytes: number = MAX_STATUS_BYTES): Promise<StatusList> {
  if (!isObject(json) || !isStatusBits(json.bits) || typeof json.lst !== 'string') fail('status_list');
  let packed: Uint8Array;
  try {
    packed = fromBase64url(json.lst);
  } catch {
    fail('lst');
  }
  return new StatusList(json.bits, await inflate(packed, maxBytes));
}
