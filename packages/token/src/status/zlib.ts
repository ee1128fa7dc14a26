/** ZLIB by the platform's streams, bounded: a hostile list may inflate a thousandfold. */
import { concat } from '../bytes.ts';
import { TokenError } from '../errors.ts';

async function pump(input: Uint8Array, stream: GenericTransformStream, maxBytes: number): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader();
  // A fault shows at the reader as well; without a handler here it would count as unhandled.
  writer.write(input).catch(() => {});
  writer.close().catch(() => {});
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(...chunks);
    size += value.length;
    if (size > maxBytes) {
      reader.cancel().catch(() => {});
      throw new TokenError('status-malformed', 'the list is too large');
    }
    chunks.push(value);
  }
}

export function zlib(bytes: Uint8Array): Promise<Uint8Array> {
  return pump(bytes, new CompressionStream('deflate'), Number.POSITIVE_INFINITY);
}

/** Inflates to at most `maxBytes`. Throws `status-malformed`. */
export async function inflate(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    return await pump(bytes, new DecompressionStream('deflate'), maxBytes);
  } catch (error) {
    if (error instanceof TokenError) throw error;
    throw new TokenError('status-malformed', 'not ZLIB');
  }
}
