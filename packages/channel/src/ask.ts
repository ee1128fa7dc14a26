/** One question over HTTPS, with bounds on time and size. */
import { boundedBody } from '@undertone/token';
import { ChannelError } from './errors.ts';
import { decodeWire, MAX_WIRE_BYTES, WIRE_TYPES, type WireFormat } from './wire.ts';

/** How a resolver is asked. */
export interface AskOptions {
  readonly fetch: typeof fetch;
  readonly format: WireFormat;
  readonly timeoutMs: number;
}

/**
 * Asks a resolver. @returns the decoded answer, unchecked; null when the resolver does
 * not know the session (404). Throws `channel-unreachable`, `channel-refused`, `channel-too-large` or `channel-malformed`.
 */
export async function ask(url: URL, options: AskOptions, method: 'GET' | 'POST' = 'GET'): Promise<unknown> {
  let response: Response;
  try {
    response = await options.fetch(url, {
      method,
      headers: { accept: WIRE_TYPES[options.format] },
      // A resolver that sends us elsewhere could send us anywhere.
      redirect: 'error',
      credentials: 'omit',
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    if (response.ok) {
      const body = await boundedBody(response, MAX_WIRE_BYTES);
      if (!body) throw new ChannelError('channel-too-large', 'an answer');
      return decodeWire(body, options.format);
    }
  } catch (error) {
    if (error instanceof ChannelError) throw error;
    throw new ChannelError('channel-unreachable', `${url.host}: ${error instanceof Error ? error.message : String(error)}`);
  }
  void response.body?.cancel();
  if (response.status === 404) return null;
  throw new ChannelError('channel-refused', `${url.host} answered ${response.status}`);
}
