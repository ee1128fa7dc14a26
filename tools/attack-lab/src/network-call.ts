/** A call through the reference server: its media side, its identity side with database and channel, and a caller, each reached over the network. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelClientOptions, createChannelClient } from '@undertone/channel';
import { createDetector, type DetectorEvent } from '@undertone/detector';
import {
  ChatClient,
  createLogger,
  ENGINE_RATE,
  type Engine,
  FRAME_SAMPLES,
  keySigner,
  startOperator,
  startServer,
} from '@undertone/reference-server';
import { type Claims, fromHex, generateIssuerKey, type IssuerKey, type TrustStore } from '@undertone/token';
import type { Heard } from './listen.ts';

/** An engine that says what it is given, from the beginning in each call, and does not listen. */
function reader(speech: Float32Array): Engine {
  return {
    name: 'reader',
    voices: [],
    drifts: false,
    reinjects: false,
    open: async ({ persona }) => {
      let at = 0;
      const speak = (): { samples: Float32Array; text: string } => {
        const samples = Float32Array.from({ length: FRAME_SAMPLES }, (_, i) => speech[(at + i) % speech.length]);
        at += FRAME_SAMPLES;
        return { samples, text: '' };
      };
      return { persona, listen: () => {}, speak, setPersona: async () => {}, interrupt: () => {}, close: async () => {} };
    },
    close: async () => {},
  };
}

/** A running server. */
export interface NetworkServer {
  readonly chatUrl: string;
  readonly channelUrl: string;
  close(): Promise<void>;
}

/** Starts a server whose agent reads `speech`, at 24 kHz, for as long as somebody listens. */
export async function startReader(issuer: IssuerKey, speech: Float32Array): Promise<NetworkServer> {
  const folder = await mkdtemp(join(tmpdir(), 'undertone-attack-'));
  const identity = await startOperator({
    keystore: { issuer: [{ signer: keySigner(issuer) }], log: keySigner(generateIssuerKey('log')) },
    database: { folder },
    host: '127.0.0.1',
    port: 0,
  });
  const parts = { identity, engine: reader(speech), logger: createLogger('silent') };
  const server = await startServer({ port: 0, agent: 'concierge', drainSeconds: 0, maxLateMs: 60_000 }, parts);
  return {
    chatUrl: `${server.url.replace('http', 'ws')}/api/chat?metadata=1`,
    channelUrl: identity.url,
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a caller learns from signalling. */
export interface Signalled {
  readonly card: Uint8Array;
  readonly claims: Claims | null;
}

/** A caller who is silent. */
export interface NetworkCall {
  readonly signalled: Promise<Signalled>;
  hangUp(): void;
}

/** Calls the agent. @param onFrame 80 ms of its voice as they come, {@link ENGINE_RATE} */
export async function callAgent({ chatUrl }: NetworkServer, onFrame: (frame: Float32Array) => void): Promise<NetworkCall> {
  let tell: (signalled: Signalled) => void;
  const signalled = new Promise<Signalled>((resolve) => {
    tell = resolve;
  });
  const client = await ChatClient.open(new URL(chatUrl), {
    frame: onFrame,
    metadata: (data) => {
      const { type, card, claims } = data as { type: string; card: string; claims: Claims | null };
      if (type === 'session') tell({ card: fromHex(card), claims });
    },
  });
  const timer = setInterval(() => client.send(new Float32Array(FRAME_SAMPLES)), 80);
  return {
    signalled,
    hangUp() {
      clearInterval(timer);
      client.close();
    },
  };
}

/** A verifier who asks the channel over the network. */
export interface NetworkVerifier {
  push(frame: Float32Array): void;
  heard(): Heard;
  close(): void;
}

export function verifier(
  { channelUrl }: NetworkServer,
  trust: TrustStore,
  expected: Signalled,
  options: Partial<ChannelClientOptions> = {},
): NetworkVerifier {
  const channel = createChannelClient({ resolvers: [{ url: channelUrl }], ...options });
  const detector = createDetector({ sampleRate: ENGINE_RATE, trust, channel, expect: [expected] });
  const events: DetectorEvent[] = [];
  return {
    push: (frame) => void events.push(...detector.push(frame)),
    heard: () => ({ events, report: detector.report() }),
    close: () => channel.close(),
  };
}
