/** Protocol buffers, as far as an ONNX model and a SentencePiece model need them: writing and bounded reading. */

const utf8 = new TextEncoder();

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest ? low | 128 : low);
  } while (rest);
  return bytes;
}

/** One encoded message or field. */
export type Encoded = Uint8Array;

export function concat(parts: readonly Encoded[]): Encoded {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function integerField(field: number, value: number | bigint): Encoded {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

export function floatField(field: number, value: number): Encoded {
  const out = new Uint8Array(5);
  out[0] = (field << 3) | 5;
  new DataView(out.buffer).setFloat32(1, value, true);
  return out;
}

export function bytesField(field: number, value: Encoded | string): Encoded {
  const bytes = typeof value === 'string' ? utf8.encode(value) : value;
  return concat([Uint8Array.from([...varint((field << 3) | 2), ...varint(bytes.length)]), bytes]);
}

/** A field as it was read: `value` for numbers (fixed 32-bit ones as raw bits), `bytes` for everything with a length. */
export interface Field {
  readonly number: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array(0);

/** Reads one message's fields in order; null when the bytes are not a message. */
export function readFields(bytes: Uint8Array): Field[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1, i = 0; i < 10; i++, scale *= 128) {
      if (at >= bytes.length) return Number.NaN;
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const key = next();
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (!(number >= 1)) return null;
    if (wire === 0) {
      const value = next();
      if (Number.isNaN(value)) return null;
      fields.push({ number, value, bytes: NONE });
    } else if (wire === 5 || wire === 1) {
      const size = wire === 5 ? 4 : 8;
      if (at + size > bytes.length) return null;
      fields.push({ number, value: view.getUint32(at, true), bytes: bytes.subarray(at, at + size) });
      at += size;
    } else if (wire === 2) {
      const length = next();
      if (!(length <= bytes.length - at)) return null;
      fields.push({ number, value: 0, bytes: bytes.subarray(at, at + length) });
      at += length;
    } else return null;
  }
  return fields;
}
