/**
 * The bytes of upstream's clients, without them: the web client's own program is not part of any package that could be run here, so this is
 * what its sources and its recorder are known to send.
 */
import { OggStreamWriter } from '@undertone/audio/ogg';
import { Application, createEncoder } from 'libopus-wasm';
import { opusHead, opusTags } from '../../packages/audio/src/ogg/headers.ts';
import { FIRST, writePage } from '../../packages/audio/src/ogg/page.ts';

export interface Encoded {
  readonly messages: readonly Uint8Array[];
  readonly everyMs: number;
}

/** moshi.client: two pages of 40 ms in a message, the headers before the first. */
export async function moshiMessages(samples: Float32Array): Promise<Encoded> {
  const opus = await createEncoder({ sampleRate: 24000, channels: 1, application: Application.Voip, frameSize: 960 });
  const ogg = new OggStreamWriter({ serial: 42, preSkip: 3840, inputRate: 48000, vendor: 'KyutaiMoshi' });
  const messages: Uint8Array[] = [];
  for (let at = 0; at + 1920 <= samples.length; at += 1920) {
    const pages = [0, 960].map((half) => ogg.packet(opus.encodeFloat(samples.subarray(at + half, at + half + 960)), 1920));
    messages.push(Buffer.concat([Uint8Array.of(1), ...(at === 0 ? ogg.headers() : []), ...pages]));
  }
  return { messages, everyMs: 80 };
}

/** fujielab-moshi-client: a page in a message, with the one lacing value `min(length, 255)`, and its headers in messages of their own. */
export async function fujielabMessages(samples: Float32Array): Promise<Encoded> {
  const opus = await createEncoder({
    sampleRate: 24000,
    channels: 1,
    application: Application.Voip,
    frameSize: 1440,
    bitrate: 64000,
  });
  const ogg = new OggStreamWriter({ serial: 42, preSkip: 3840, inputRate: 24000, vendor: 'Python-opuslib' });
  const messages = ogg.headers();
  // It sends 80 ms at a time; 60 ms is the longest frame that the encoder here makes in one piece.
  for (let at = 0; at + 1440 <= samples.length; at += 1440) {
    const packet = opus.encodeFloat(samples.subarray(at, at + 1440));
    const page = Buffer.concat([
      ogg.packet(Uint8Array.of(0), 1920).subarray(0, 27),
      Uint8Array.of(Math.min(packet.length, 255)),
      packet,
    ]);
    messages.push(page);
  }
  return { messages: messages.map((page) => Buffer.concat([Uint8Array.of(1), page])), everyMs: 60 };
}

/** What the web client of PersonaPlex asks for. */
export const WEB_QUERY =
  'text_temperature=0.7&text_topk=25&audio_temperature=0.8&audio_topk=250&pad_mult=0&text_seed=7&audio_seed=8&repetition_penalty_context=64&repetition_penalty=1&text_prompt=You+are+Ana.&voice_prompt=NATF0.pt&worker_auth_id=&email=';

/** The web client: its recorder makes packets of 20 ms, two in a page, and every page, headers too, is a message. */
export async function webMessages(samples: Float32Array): Promise<Encoded> {
  const opus = await createEncoder({ sampleRate: 24000, channels: 1, application: Application.Voip, frameSize: 480 });
  const serial = 0x5eed_0001;
  const pages = [
    writePage([opusHead(0, 24000)], { granule: 0, serial, sequence: 0, flags: FIRST }),
    writePage([opusTags('Recorderjs')], { granule: 0, serial, sequence: 1, flags: 0 }),
  ];
  for (let at = 0; at + 960 <= samples.length; at += 960) {
    const packets = [0, 480].map((half) => Uint8Array.from(opus.encodeFloat(samples.subarray(at + half, at + half + 480))));
    pages.push(writePage(packets, { granule: 2 * (at + 960), serial, sequence: pages.length, flags: 0 }));
  }
  return { messages: pages.map((page) => Buffer.concat([Uint8Array.of(1), page])), everyMs: 40 };
}
