/** The judge, in a thread of its own: the detector on what came off the line, and nothing else. */
import { createChannelClient } from '@undertone/channel';
import { createDetector, type Detector } from '@undertone/detector';
import type { Card, TrustStore } from '@undertone/token';
import { parseCard } from '@undertone/token';
import { ENGINE_RATE } from '../../../src/engines/engine.ts';
import { PACKET_SAMPLES } from '../../../src/media/opus-out.ts';
import { type Fact, type FromJudge, type JudgeStart, type LineToJudge, nowMs } from '../threads.ts';
import { judgeCard, statusOf, trustOf } from './authority.ts';
import { toldChannel } from './told-channel.ts';

/** After the last sound the keys of the last slots are waited for: a slot, δ, and the way. */
const TAIL_MS = 5000;
const BLOCK_MS = (PACKET_SAMPLES / ENGINE_RATE) * 1000;

const tell = (message: FromJudge): void => postMessage(message);
const fact = (it: Fact): void => tell({ type: 'fact', fact: it });

class Judge {
  readonly #start: JudgeStart;
  readonly #trust: TrustStore;
  readonly #channel: ReturnType<typeof createChannelClient>;
  #detector: Detector | null = null;
  #card: Card | null = null;
  #claims: unknown = null;
  #samples = 0;
  /** When the sound that is being heard had arrived; null between. */
  #arrivedMs: number | null = null;
  #asked = false;
  #ended = false;

  constructor(start: JudgeStart) {
    this.#start = start;
    this.#trust = trustOf(start.agent);
    this.#channel = createChannelClient({ resolvers: [{ url: start.agent.channel }] });
    start.line.onmessage = ({ data }: MessageEvent<LineToJudge>) => this.#take(data);
  }

  #take(message: LineToJudge): void {
    if (this.#ended) return;
    if (message.type === 'sound') this.#hear(message.samples, message.atMs);
    else if (message.type === 'session') this.#session(message.card, message.claims);
    else if (message.type === 'renewed') this.#renewed(message.card, message.claims);
    else this.#end();
  }

  /** The session that signalling names; the detector checks it by itself. */
  #session(bytes: Uint8Array, claims: unknown): void {
    const judged = judgeCard(bytes, claims, this.#trust, this.#start);
    fact(judged);
    if (judged.type !== 'authority') return;
    this.#card = parseCard(bytes);
    this.#claims = claims;
  }

  /** The detector follows the channel; what the next card says is for the visitor. */
  #renewed(bytes: Uint8Array, claims: unknown): void {
    const judged = judgeCard(bytes, claims, this.#trust, this.#start);
    fact(judged.type === 'authority' ? { ...judged, type: 'next-authority' } : judged);
  }

  #open(): Detector {
    const card = this.#card;
    return createDetector({
      sampleRate: ENGINE_RATE,
      trust: this.#trust,
      channel: toldChannel(this.#channel, card, fact),
      status: statusOf(this.#start.agent, this.#trust, fact),
      audience: this.#start.audience,
      clock: () => this.#arrivedMs ?? nowMs(),
      ...(card ? { expect: [{ card: card.bytes, claims: this.#claims }] } : {}),
    });
  }

  #hear(samples: Float32Array, atMs: number): void {
    this.#detector ??= this.#open();
    this.#samples += samples.length;
    this.#arrivedMs = atMs;
    for (const event of this.#detector.push(samples)) {
      tell({ type: 'event', event });
      if (event.type === 'state' && event.state === 'live') this.#ask(event.sessionId);
    }
    this.#arrivedMs = null;
  }

  /** Asks the voice, once in a call, what only it can answer. */
  #ask(sessionId: string): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#detector!.challenge(sessionId);
  }

  #end(): void {
    this.#ended = true;
    const detector = this.#detector;
    if (!detector) return;
    const seconds = this.#samples / ENGINE_RATE;
    const until = performance.now() + TAIL_MS;
    const timer = setInterval(() => {
      for (const event of detector.push(new Float32Array(PACKET_SAMPLES))) tell({ type: 'event', event });
      if (performance.now() < until) return;
      clearInterval(timer);
      tell({ type: 'report', report: detector.report(), seconds });
      this.#channel.close();
    }, BLOCK_MS);
  }
}

addEventListener('message', ({ data }: MessageEvent<JudgeStart>) => {
  new Judge(data);
});
