/**
 * The line, in a thread of its own: the caller's voice goes out, the agent's voice comes in, passes whoever cheats, and goes on to
 * the loudspeaker and to the judge alike. What is heard is what is judged.
 */
import { Resampler } from '@undertone/audio/pcm';
import type { ChannelReport } from '@undertone/detector';
import { renderReport } from '@undertone/detector/html';
import { fromHex } from '@undertone/token';
import { ENGINE_RATE } from '../../../src/engines/engine.ts';
import { PACKET_SAMPLES } from '../../../src/media/opus-out.ts';
import {
  type CheatName,
  type FromLine,
  type LineStart,
  type LineToJudge,
  nowMs,
  type RecordingName,
  type ToLine,
} from '../threads.ts';
import { Blocks } from './blocks.ts';
import { Chat } from './chat.ts';
import { type Cheat, History, startCheat } from './cheats.ts';
import { peak } from './levels.ts';
import { Recording } from './recording.ts';
import { loadSample, SampleCaller } from './sample.ts';

const tell = (message: FromLine): void => postMessage(message);
const silence = (): Float32Array => new Float32Array(PACKET_SAMPLES);

class Line {
  readonly #player: MessagePort;
  readonly #judge: MessagePort;
  readonly #toContext: Resampler;
  readonly #fromContext: Resampler;
  readonly #microphone = new Blocks(PACKET_SAMPLES);
  readonly #history = new History();
  readonly #recordings: Readonly<Record<RecordingName, Recording>> = { received: new Recording(), heard: new Recording() };
  readonly #chat: Chat;
  #sample: SampleCaller | null = null;
  #stranger: Promise<Float32Array[]> | null = null;
  #wanted: CheatName | null = null;
  #cheat: Cheat | null = null;
  #canCheat = false;
  #muted = false;
  #callerPeak = 0;

  static async open(start: LineStart): Promise<Line> {
    let line: Line | null = null;
    const chat = await Chat.open(start.url, {
      connected: () => tell({ type: 'connected' }),
      sound: (block) => line?.hear(block),
      text: (text) => tell({ type: 'text', text }),
      metadata: (data) => line?.metadata(data as Metadata),
      ended: (outcome, message) => {
        line?.end();
        tell({ type: 'ended', outcome, message });
      },
    });
    line = new Line(start, chat);
    return line;
  }

  private constructor({ rate, source, microphone, player, judge }: LineStart, chat: Chat) {
    this.#chat = chat;
    this.#player = player;
    this.#judge = judge;
    this.#toContext = new Resampler(ENGINE_RATE, rate);
    this.#fromContext = new Resampler(rate, ENGINE_RATE);
    // Until the sample is there, the microphone's silence is sent.
    if (source === 'sample')
      loadSample('caller').then((blocks) => {
        this.#sample = new SampleCaller(blocks);
      }, this.#fault);
    microphone.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      for (const block of this.#microphone.push(this.#fromContext.process(data))) this.#send(block);
    };
  }

  readonly #fault = ({ message }: Error): void => this.#chat.hangUp('page-fault', message);

  /** The audio context's own clock paces the caller, whoever speaks. */
  #send(block: Float32Array): void {
    const voice = this.#sample ? this.#sample.block() : block;
    const sent = this.#muted ? silence() : voice;
    this.#callerPeak = Math.max(this.#callerPeak, peak(sent));
    this.#chat.send(sent);
  }

  metadata(data: Metadata): void {
    if (data?.type === 'barge-in') {
      this.#player.postMessage('flush');
      tell({ type: 'barge-in' });
    } else if (data?.type === 'renewed' && typeof data.card === 'string') {
      this.#toJudge({ type: 'renewed', card: fromHex(data.card), claims: data.claims ?? null });
    } else if (data?.type === 'session' && typeof data.card === 'string' && typeof data.sessionId === 'string') {
      this.#toJudge({ type: 'session', card: fromHex(data.card), claims: data.claims ?? null });
      tell({ type: 'session', sessionId: data.sessionId });
    }
  }

  /** The agent's next 40 ms. */
  hear(received: Float32Array): void {
    this.#history.add(received);
    this.#recordings.received.add(received);
    this.#sample?.hear(received);
    if (!this.#canCheat && this.#history.enough) {
      this.#canCheat = true;
      tell({ type: 'can-cheat' });
    }
    const heard = this.#cheat ? this.#cheat.hear(received) : received;
    this.#recordings.heard.add(heard);
    this.#toJudge({ type: 'sound', samples: heard, atMs: nowMs() });
    const samples = this.#toContext.process(heard);
    this.#player.postMessage(samples, [samples.buffer]);
    tell({ type: 'levels', agent: peak(heard), caller: this.#callerPeak });
    this.#callerPeak = 0;
  }

  #toJudge(message: LineToJudge): void {
    this.#judge.postMessage(message);
  }

  speak(): void {
    this.#sample?.speak();
  }

  mute(muted: boolean): void {
    this.#muted = muted;
  }

  cheat(name: CheatName | null): void {
    this.#wanted = name;
    this.#cheat = null;
    if (name) this.#begin(name).catch(this.#fault);
  }

  async #begin(name: CheatName): Promise<void> {
    this.#stranger ??= loadSample('stranger');
    const cheat = await startCheat(name, this.#history, await this.#stranger);
    // Meanwhile somebody may have thought better of it.
    if (this.#wanted === name) this.#cheat = cheat;
  }

  recording(which: RecordingName): void {
    const wav = this.#recordings[which].wav();
    postMessage({ type: 'recording', which, wav } satisfies FromLine, { transfer: [wav.buffer] });
  }

  draw(report: ChannelReport, facts: readonly string[]): void {
    const html = renderReport('A call, as the page heard it', 'Heard and judged live, in the page itself.', [
      {
        title: 'The agent’s voice',
        note: 'With what was done to it on the line.',
        samples: this.#recordings.heard.samples(),
        sampleRate: ENGINE_RATE,
        report,
        facts,
      },
    ]);
    tell({ type: 'drawn', html });
  }

  hangUp(): void {
    this.#chat.hangUp();
  }

  end(): void {
    this.#cheat = null;
    this.#toJudge({ type: 'end' });
  }
}

type Metadata = { readonly type?: unknown; readonly [name: string]: unknown } | null;

let line: Promise<Line> | null = null;

addEventListener('message', ({ data }: MessageEvent<ToLine>) => {
  if (data.type === 'start') {
    line = Line.open(data);
    line.catch((error: Error) => tell({ type: 'ended', outcome: 'page-fault', message: error.message }));
    return;
  }
  line?.then((it) => {
    if (data.type === 'speak') it.speak();
    else if (data.type === 'mute') it.mute(data.muted);
    else if (data.type === 'cheat') it.cheat(data.cheat);
    else if (data.type === 'recording') it.recording(data.which);
    else if (data.type === 'draw') it.draw(data.report, data.facts);
    else it.hangUp();
  });
});
