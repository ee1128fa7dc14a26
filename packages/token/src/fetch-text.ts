/** One document over HTTPS, with bounds on time and size. */
import { fromUtf8 } from './bytes.ts';

const TIMEOUT_MS = 15_000;

/** What is fetched. */
export type TextRequest = {
  readonly accept: string;
  readonly maxBytes: number;
  readonly timeoutMs?: number;
};

async function boundedBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      void reader.cancel();
      throw new Error(`more than ${maxBytes} bytes`);
    }
    chunks.push(value);
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
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
  if (response.ok) return fromUtf8(await boundedBody(response, maxBytes));
  void response.body?.cancel();
  if (response.status === 404) return null;
  throw new Error(`${url.host} answered ${response.status}`);
}
