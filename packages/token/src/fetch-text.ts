/** One document over HTTPS, with bounds on time and size. */
import { concat, fromUtf8 } from './bytes.ts';

const TIMEOUT_MS = 15_000;

/** What is fetched. */
export type TextRequest = {
  readonly accept: string;
  readonly maxBytes: number;
  readonly timeoutMs?: number;
};

/** Reads a body, however long it says it is. @returns null when it is longer than `maxBytes` */
export async function boundedBody(response: Response, maxBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      void reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  return concat(...chunks);
}

/** @returns the text; null where there is none (404). Rejects with an Error in words for whatever else comes. */
export async function fetchText(url: URL, { accept, maxBytes, timeoutMs = TIMEOUT_MS }: TextRequest): Promise<string | null> {
  const response = await fetch(url, {
    headers: { accept },
    // Who sends us elsewhere could send us anywhere.
    redirect: 'error',
    credentials: 'omit',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.ok) {
    const body = await boundedBody(response, maxBytes);
    if (!body) throw new Error(`more than ${maxBytes} bytes`);
    return fromUtf8(body);
  }
  void response.body?.cancel();
  if (response.status === 404) return null;
  throw new Error(`${url.host} answered ${response.status}`);
}
