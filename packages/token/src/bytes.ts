/**
 * Bytes, integers and text encodings. All integers are big-endian; bits are most significant first.
 *
 * UTF-8 is written out here because an AudioWorklet has no TextEncoder.
 */
import { TokenError } from './errors.ts';

/** Concatenates byte strings; text parts are encoded as UTF-8. */
export function concat(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const chunks = parts.map((part) => (typeof part === 'string' ? utf8(part) : part));
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

function unsigned(value: number, bytes: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * bytes)) {
    throw new TokenError('bad-argument', `${value} does not fit in ${bytes} bytes`);
  }
  const out = new Uint8Array(bytes);
  let rest = value;
  for (let i = bytes - 1; i >= 0; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return out;
}

export function u16(value: number): Uint8Array {
  return unsigned(value, 2);
}

export function u32(value: number): Uint8Array {
  return unsigned(value, 4);
}

/** 48-bit integer, used for milliseconds since 1970. */
export function u48(value: number): Uint8Array {
  return unsigned(value, 6);
}

/** Reads `size` (1 to 6) bytes as an unsigned integer. */
export function readUint(bytes: Uint8Array, at: number, size: number): number {
  if (size < 1 || size > 6 || at < 0 || at + size > bytes.length) throw new TokenError('bad-argument', 'read past the end');
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + bytes[at + i];
  return value;
}

export function hex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw new TokenError('bad-hex');
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const B64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const B64_INVERSE: ReadonlyMap<string, number> = new Map([...B64].map((char, index) => [char, index]));

/** Unpadded base64url (RFC 4648 §5). */
export function base64url(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0);
    out += B64[word >> 18] + B64[(word >> 12) & 63];
    if (left > 1) out += B64[(word >> 6) & 63];
    if (left > 2) out += B64[word & 63];
  }
  return out;
}

/** Strict inverse of {@link base64url}: no padding, no white space, unused bits zero. Throws `bad-base64url`. */
export function fromBase64url(text: string): Uint8Array {
  const tail = text.length % 4;
  if (tail === 1) throw new TokenError('bad-base64url');
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let at = 0;
  let word = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const value = B64_INVERSE.get(text.charAt(i));
    if (value === undefined) throw new TokenError('bad-base64url');
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (word >> bits) & 0xff;
    }
  }
  // One value must have one spelling, or signatures over text could be bypassed.
  if ((word & ((1 << bits) - 1)) !== 0) throw new TokenError('bad-base64url');
  return out;
}

/** Equality whose time depends on the length only. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** UTF-8 encoding. Throws `bad-utf8` for a lone surrogate. */
export function utf8(text: string): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    if (point >= 0xd800 && point <= 0xdfff) throw new TokenError('bad-utf8', 'lone surrogate');
    if (point < 0x80) out.push(point);
    else if (point < 0x800) out.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) out.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else {
      out.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
      i++;
    }
  }
  return Uint8Array.from(out);
}

/** Strict UTF-8 decoding: overlong forms, surrogates and truncation throw `bad-utf8`. */
export function fromUtf8(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i++];
    const extra =
      lead < 0x80 ? 0 : lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : -1;
    if (extra < 0 || i + extra > bytes.length) throw new TokenError('bad-utf8');
    let point = extra === 0 ? lead : lead & (0x3f >> extra);
    for (let k = 0; k < extra; k++) {
      const next = bytes[i++];
      if ((next & 0xc0) !== 0x80) throw new TokenError('bad-utf8');
      point = (point << 6) | (next & 63);
    }
    const overlong = (extra === 2 && point < 0x800) || (extra === 3 && point < 0x10000);
    if (overlong || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new TokenError('bad-utf8');
    out += String.fromCodePoint(point);
  }
  return out;
}

/** Packs 0/1 values, first value in the most significant bit; the last byte is filled with zeros. */
export function bitsToBytes(bits: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(Math.ceil(bits.length / 8));
  for (let i = 0; i < bits.length; i++) if (bits[i] !== 0) out[i >> 3] |= 0x80 >> (i & 7);
  return out;
}

/** Unpacks `count` bits (default: all of them), most significant first, one per output byte. */
export function bytesToBits(bytes: Uint8Array, count: number = bytes.length * 8): Uint8Array {
  if (count < 0 || count > bytes.length * 8) throw new TokenError('bad-argument', 'more bits than bytes hold');
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = (bytes[i >> 3] >> (7 - (i & 7))) & 1;
  return out;
}

/** XOR of two byte strings of one length. */
export function xorBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length) throw new TokenError('bad-argument', 'lengths differ');
  return a.map((value, i) => value ^ b[i]);
}
