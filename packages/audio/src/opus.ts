/** Opus packets through libopus, and the channel that a call over Opus is: encode, lose packets, conceal, decode. */
import { Application, createDecoder, createEncoder, Signal } from 'libopus-wasm';
import { encodeOggOpus } from './ogg/index.ts';
import { resample } from './pcm/resampler.ts';

/** Options of {@link opusRoundTrip}. */
export interface OpusChannelOptions {
  /** Bits per second. */
  readonly bitrate: number;
  /** Share of packets lost, 0 … 1; default 0. */
  readonly lossRate?: number;
  /** Seed of the losses; default 1. */
  readonly seed?: number;
  /** Packets carry a coarse copy of the one before (in-band FEC), from which a lost one is made up where the next arrived. */
  readonly fec?: boolean;
  /** Effort of the encoder, 0 … 10; default libopus's own. */
  readonly complexity?: number;
}

const RATE = 48000;
const PACKET = RATE / 50;

/** A repeatable sequence of numbers 0 … 1. */
function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** @param at48 samples at 48 kHz */
async function encodePackets(
  at48: Float32Array,
  { bitrate, lossRate = 0, fec = false, complexity }: OpusChannelOptions,
): Promise<{ packets: Uint8Array[]; lookahead: number; length: number }> {
  const encoder = await createEncoder({
    sampleRate: RATE,
    channels: 1,
    application: Application.Voip,
    signal: Signal.Voice,
    bitrate,
    frameSize: PACKET,
    ...(fec ? { fec, packetLossPercent: Math.round(100 * lossRate) } : {}),
    ...(complexity === undefined ? {} : { complexity }),
  });
  try {
    const lookahead = encoder.getLookahead();
    const padded = new Float32Array(Math.ceil((at48.length + lookahead) / PACKET) * PACKET);
    padded.set(at48);
    const packets: Uint8Array[] = [];
    for (let at = 0; at < padded.length; at += PACKET)
      packets.push(encoder.encodeFloat(padded.subarray(at, at + PACKET)).slice());
    return { packets, lookahead, length: at48.length };
  } finally {
    encoder.free();
  }
}

/**
 * What the far end of an Opus call hears: 20 ms packets, VOIP application, lost packets concealed by the decoder.
 * @returns as many samples as went in, at the same rate, aligned with them
 */
export async function opusRoundTrip(
  samples: Float32Array,
  sampleRate: number,
  options: OpusChannelOptions,
): Promise<Float32Array> {
  const { packets, lookahead, length } = await encodePackets(resample(samples, sampleRate, RATE), options);
  const decoder = await createDecoder({ sampleRate: RATE, channels: 1 });
  const next = random(options.seed ?? 1);
  const out = new Float32Array(packets.length * PACKET);
  try {
    const arrived = packets.map(() => next() >= (options.lossRate ?? 0));
    packets.forEach((packet, i) => {
      const copy = options.fec && arrived[i + 1] ? packets[i + 1] : null;
      const made = (): Float32Array =>
        copy ? decoder.decodeFloat(copy, { decodeFec: true, frameSize: PACKET }) : decoder.decodePacketLossFloat(PACKET);
      out.set(arrived[i] ? decoder.decodeFloat(packet) : made(), i * PACKET);
    });
  } finally {
    decoder.free();
  }
  const heard = resample(out.subarray(lookahead, lookahead + length), RATE, sampleRate);
  const aligned = new Float32Array(samples.length);
  aligned.set(heard.subarray(0, samples.length));
  return aligned;
}

/** Encodes mono speech as an Ogg/Opus file. */
export async function encodeOpusFile(samples: Float32Array, sampleRate: number, bitrate = 32000): Promise<Uint8Array> {
  const { packets, lookahead, length } = await encodePackets(resample(samples, sampleRate, RATE), { bitrate });
  return encodeOggOpus(packets, { preSkip: lookahead, samples: length, packetSamples: PACKET, inputRate: sampleRate });
}
