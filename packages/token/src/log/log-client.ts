/** Asking a log for its proof of an entry. */
import { hex } from '../bytes.ts';
import { TokenError } from '../errors.ts';
import { fetchText } from '../fetch-text.ts';
import { MAX_LOG_PROOF_LENGTH } from './log-proof.ts';

/**
 * The proof text of an entry, from a log's prefix such as `https://example.com/log`; null when the log does not hold it. Rejects with `log-unavailable`
 * when it cannot be asked.
 */
export async function fetchLogProof(prefix: string, entry: Uint8Array): Promise<string | null> {
  try {
    const url = new URL(`proof/${hex(entry)}`, prefix.endsWith('/') ? prefix : `${prefix}/`);
    return await fetchText(url, { accept: 'text/plain', maxBytes: MAX_LOG_PROOF_LENGTH });
  } catch (error) {
    throw new TokenError('log-unavailable', error instanceof Error ? error.message : String(error));
  }
}
