/** A server with an issuer of its own, and callers. */

import { readFile } from 'node:fs/promises';
import { decodeAudio } from '@undertone/audio';
import { resample } from '@undertone/audio/pcm';
import {
  ChatClient,
  type ChatListener,
  createLogger,
  InProcessIdentity,
  type Server,
  type ServerParts,
  startServer,
} from '@undertone/reference-server';
import { generateIssuerKey, parseTrust, publicJwk, type TrustStore } from '@undertone/token';

export interface TestServer extends Server {
  readonly identity: InProcessIdentity;
  readonly trust: TrustStore;
  readonly chatUrl: (query?: string) => URL;
}

export async function testServer(
  options: Parameters<typeof startServer>[0] = {},
  parts: Partial<ServerParts> = {},
): Promise<TestServer> {
  const issuer = generateIssuerKey('Test issuer');
  const identity = new InProcessIdentity(issuer);
  const server = await startServer(
    // Tests share their machine with other tests.
    { port: 0, agent: 'robin', drainSeconds: 0, maxLateMs: 60_000, ...options },
    { identity, logger: createLogger('silent'), ...parts },
  );
  const chatUrl = (query = ''): URL => new URL(`${server.url.replace('http', 'ws')}/api/chat?${query}`);
  return { ...server, identity, trust: parseTrust(publicJwk(issuer)), chatUrl };
}

/** Speech at 24 kHz. */
export async function speech(name: 'it-m' | 'ru-f'): Promise<Float32Array> {
  const { channels, sampleRate } = await decodeAudio(
    await readFile(new URL(`../../test/fixtures/${name}.flac`, import.meta.url)),
  );
  return resample(channels[0], sampleRate, 24000);
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something is so; false when it takes too long. */
export async function until(condition: () => boolean, ms = 20_000): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (condition()) return true;
  return condition();
}

/** A caller that sends a frame every 80 ms: what `voice` gives, else silence. */
export class Talker {
  readonly frames: Float32Array[] = [];
  readonly metadata: Record<string, unknown>[] = [];
  text = '';
  errors: string[] = [];
  ended: string | null = null;
  #client: ChatClient | null = null;
  #timer: NodeJS.Timeout | null = null;

  static async call(
    url: URL,
    voice: (frame: number) => Float32Array | null = () => null,
    listener: ChatListener = {},
  ): Promise<Talker> {
    const talker = new Talker();
    talker.#client = await ChatClient.open(url, {
      frame: (samples) => {
        talker.frames.push(samples);
        listener.frame?.(samples);
      },
      text: (text) => {
        talker.text += text;
      },
      metadata: (data) => {
        talker.metadata.push(data as Record<string, unknown>);
        listener.metadata?.(data);
      },
      error: (message) => {
        talker.errors.push(message);
      },
      ended: (reason) => {
        talker.ended = reason;
      },
    });
    const startMs = performance.now();
    let frame = 0;
    talker.#timer = setInterval(() => {
      for (; frame * 80 <= performance.now() - startMs; frame++) talker.#client!.send(voice(frame) ?? new Float32Array(1920));
    }, 20);
    return talker;
  }

  get client(): ChatClient {
    return this.#client!;
  }

  hangUp(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#client?.close();
  }
}

/** Loudness of a frame, root of the mean square. */
export function level(samples: Float32Array): number {
  let energy = 0;
  for (const v of samples) energy += v * v;
  return Math.sqrt(energy / samples.length);
}
