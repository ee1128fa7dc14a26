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
  #frame = new Float32Array(FRAME_SAMPLES);
  #filled = 0;
  #badInARow = 0;
  /** Packets that did not decode; the decoder bridged them. */
  badPackets = 0;

  private constructor(opus: OpusDecoderHandle) {
    this.#opus = opus;
  }

  static async open(): Promise<OpusIn> {
    return new OpusIn(await createDecoder({ sampleRate: ENGINE_RATE, channels: 1, maxFrameSize: MAX_PACKET_SAMPLES }));
  }

  /** The frames that a message completes, {@link FRAME_SAMPLES} samples each. Throws ServerError `chat-bad-audio`. */
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
      const part = samples.subarray(at, at + FRAME_SAMPLES - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < FRAME_SAMPLES) continue;
      frames.push(this.#frame);
      this.#frame = new Float32Array(FRAME_SAMPLES);
      this.#filled = 0;
    }
  }

  close(): void {
    this.#opus.free();
  }
}
