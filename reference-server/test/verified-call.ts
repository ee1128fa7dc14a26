/** A call to a whole server, identity side and all, with a live verifier on what the caller hears. */
import { type ChannelClient, createChannelClient, type WebSocketConstructor } from '@undertone/channel';
import { createDetector, type Detector, type DetectorEvent, type DetectorOptions } from '@undertone/detector';
import { fromHex } from '@undertone/token';
import { WebSocket } from 'ws';
import type { Operator } from '../src/channel/operator.ts';
import { ENGINE_RATE, type Engine, FRAME_SAMPLES, type Persona } from '../src/engines/engine.ts';
import { testOperator } from './operator.ts';
import { speech, Talker, type TestServer, testServer, until } from './support.ts';

/** An agent that reads aloud without end, whoever speaks; another voice is another reader. */
async function readingEngine(): Promise<Engine> {
  const readers: Record<string, Float32Array> = { anna: await speech('ru-f'), marco: await speech('it-m') };
  return {
    name: 'reading',
    voices: Object.keys(readers),
    drifts: false,
    reinjects: false,
    async open({ persona: asked }) {
      let persona: Persona = { voice: asked.voice || 'anna', role: asked.role };
      let at = 0;
      return {
        get persona() {
          return persona;
        },
        listen() {},
        speak() {
          const voice = readers[persona.voice];
          at = (at + FRAME_SAMPLES) % (voice.length - FRAME_SAMPLES);
          return { samples: voice.slice(at, at + FRAME_SAMPLES), text: '' };
        },
        async setPersona(change) {
          persona = { ...persona, ...change };
        },
        interrupt() {},
        async close() {},
      };
    },
    async close() {},
  };
}

export interface TestService {
  readonly server: TestServer;
  readonly operator: Operator;
  readonly trust: DetectorOptions['trust'];
  close(): Promise<void>;
}

/** A server with an issuer, a database and a verification channel in processes of its own. */
export async function testService(options: Parameters<typeof testServer>[0] = {}): Promise<TestService> {
  const { operator, trust, remove } = await testOperator();
  const server = await testServer(options, { identity: operator, engine: await readingEngine() });
  return {
    server,
    operator,
    trust,
    async close() {
      // A server closes its identity.
      await server.close();
      remove();
    },
  };
}

/** A caller who says nothing and verifies what it hears, as it comes. */
export class VerifiedCall {
  readonly talker: Talker;
  readonly detector: Detector;
  readonly events: DetectorEvent[] = [];
  /** Session ids and states, each time that one changes. */
  readonly states: { readonly seconds: number; readonly sessionId: string; readonly state: string; readonly reason: string }[] =
    [];
  readonly #channel: ChannelClient;
  readonly #hearing: NodeJS.Timeout;

  static async begin({ server, operator, trust }: TestService): Promise<VerifiedCall> {
    const talker = await Talker.call(server.chatUrl('metadata=1'));
    const told = () => talker.metadata.find((m) => m.type === 'session');
    if (!(await until(() => told() !== undefined))) throw new Error('no session was told');
    const channel = createChannelClient({
      resolvers: [{ url: operator.url }],
      WebSocket: WebSocket as unknown as WebSocketConstructor,
    });
    const expect = [{ card: fromHex(told()!.card as string), claims: told()!.claims }];
    return new VerifiedCall(talker, createDetector({ sampleRate: ENGINE_RATE, trust, channel, expect }), channel);
  }

  private constructor(talker: Talker, detector: Detector, channel: ChannelClient) {
    this.talker = talker;
    this.detector = detector;
    this.#channel = channel;
    this.#hearing = setInterval(() => this.#hear(), 40);
  }

  #hear(): void {
    for (const frame of this.talker.frames.splice(0))
      for (const event of this.detector.push(frame)) {
        this.events.push(event);
        if (event.type === 'state') this.states.push(event);
      }
  }

  /** Whether any session is live. */
  get live(): boolean {
    return [...this.detector.states().values()].includes('live');
  }

  /** Waits until something is so, and counts the seconds in which nothing was live after the first time. @returns null when it takes too long */
  async liveUntil(condition: () => boolean, ms: number): Promise<{ readonly lostSeconds: number } | null> {
    let lostMs = 0;
    let before = performance.now();
    const met = await until(() => {
      const now = performance.now();
      if (!this.live) lostMs += now - before;
      before = now;
      return condition();
    }, ms);
    return met ? { lostSeconds: lostMs / 1000 } : null;
  }

  hangUp(): void {
    clearInterval(this.#hearing);
    this.talker.hangUp();
    this.#channel.close();
  }
}
