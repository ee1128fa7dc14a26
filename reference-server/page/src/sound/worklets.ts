/** The audio thread: the microphone's blocks to the line, the line's blocks to the loudspeaker. */
import { JitterBuffer } from './jitter-buffer.ts';

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Samples that are handed over at a time: 10 ms or so. */
const BATCH = 512;

/** Takes the microphone; without one it sends silence, at the same pace. Its first message is the port to the line. */
class Microphone extends AudioWorkletProcessor {
  #line: MessagePort | null = null;
  #batch = new Float32Array(BATCH);
  #filled = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<MessagePort>) => {
      this.#line = data;
    };
  }

  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    const length = output[0].length;
    const block = input[0] ?? new Float32Array(length);
    for (let i = 0; i < length; i++) {
      this.#batch[this.#filled++] = block[i];
      if (this.#filled === BATCH) this.#send();
    }
    return true;
  }

  #send(): void {
    this.#line?.postMessage(this.#batch, [this.#batch.buffer]);
    this.#batch = new Float32Array(BATCH);
    this.#filled = 0;
  }
}

/** Plays what the line sends; `flush` forgets what is not played yet. */
class Player extends AudioWorkletProcessor {
  readonly #buffer = new JitterBuffer(sampleRate);

  constructor() {
    super();
    this.port.onmessage = ({ data: line }: MessageEvent<MessagePort>) => {
      line.onmessage = ({ data }: MessageEvent<Float32Array | 'flush'>) => {
        if (data === 'flush') this.#buffer.flush();
        else this.#buffer.push(data);
      };
    };
  }

  process(_: Float32Array[][], [output]: Float32Array[][]): boolean {
    this.#buffer.pull(output[0]);
    for (const channel of output.slice(1)) channel.set(output[0]);
    return true;
  }
}

registerProcessor('microphone', Microphone);
registerProcessor('player', Player);
