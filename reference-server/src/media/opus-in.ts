/** Ogg Opus in, frames out. */
import { OggStreamReader } from '@undertone/audio/ogg';
import { createDecoder, type OpusDecoderHandle } from 'libopus-wasm';
import { ENGINE_RATE, FRAME_SAMPLES } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';

/** Longest packet that Opus knows: 120 ms. */
const MAX_PACKET_SAMPLES = (ENGINE_RATE * 120) / 1000;
/** Undecodable packets in a row after which the sound is given up. */
const MAX_BAD_PACKETS = 50;

/** One incoming voice. */
export class OpusIn {
  readonly #opus: OpusDecoderHandle;
  readonly #ogg = new OggStreamReader();
  readonly #frameSamples: number;
  #frame: Float32Array;
  #filled = 0;
  #badInARow = 0;
  /** Packets that did not decode; the decoder bridged them. */
  badPackets = 0;

  private constructor(opus: OpusDecoderHandle, frameSamples: number) {
    this.#opus = opus;
    this.#frameSamples = frameSamples;
    this.#frame = new Float32Array(frameSamples);
  }

  /** @param frameSamples samples that are given out at a time */
  static async open(frameSamples: number = FRAME_SAMPLES): Promise<OpusIn> {
    const opus = await createDecoder({ sampleRate: ENGINE_RATE, channels: 1, maxFrameSize: MAX_PACKET_SAMPLES });
    return new OpusIn(opus, frameSamples);
  }

  /** The frames that a message completes. Throws ServerError `chat-bad-audio`. */
  push(ogg: Uint8Array): Float32Array[] {
    const frames: Float32Array[] = [];
    for (const packet of this.#packets(ogg)) this.#fill(this.#decode(packet), frames);
    return frames;
  }

  #packets(ogg: Uint8Array): Uint8Array[] {
    try {
      return this.#ogg.push(ogg);
    } catch (error) {
      throw new ServerError('chat-bad-audio', (error as Error).message);
    }
  }

  #decode(packet: Uint8Array): Float32Array {
    try {
      const samples = this.#opus.decodeFloat(packet);
      this.#badInARow = 0;
      return samples;
    } catch {
      this.badPackets++;
      if (++this.#badInARow > MAX_BAD_PACKETS) throw new ServerError('chat-bad-audio', 'the packets are not Opus');
      return this.#opus.decodePacketLossFloat((ENGINE_RATE * 20) / 1000);
    }
  }

  #fill(samples: Float32Array, frames: Float32Array[]): void {
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + this.#frameSamples - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#frameSamples) continue;
      frames.push(this.#frame);
      this.#frame = new Float32Array(this.#frameSamples);
      this.#filled = 0;
    }
  }

  close(): void {
    this.#opus.free();
  }
}
