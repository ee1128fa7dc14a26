/** A caller in the Moshi protocol: what the relay, the tests and the benchmarks talk with. */
import { WebSocket } from 'ws';
import { FRAME_SAMPLES } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';
import { OpusIn } from '../media/opus-in.ts';
import { OpusOut, PACKET_SAMPLES } from '../media/opus-out.ts';
import { decodeMessage, encodeMessage, MAX_MESSAGE_BYTES } from './protocol.ts';

/** A server that first runs its prompts may take long to answer. */
const HANDSHAKE_MS = 60_000;
const OPUS = { bitrate: 32000, complexity: 5 };

/** What a call brings. */
export interface ChatListener {
  /** 1920 samples, 24 kHz. */
  frame?(samples: Float32Array): void;
  text?(text: string): void;
  metadata?(data: unknown): void;
  /** The server's error message; the end follows. */
  error?(message: string): void;
  /** The call is over, unless {@link ChatClient.close} ended it. */
  ended?(reason: string): void;
}

/** One call. */
export class ChatClient {
  readonly #socket: WebSocket;
  readonly #in: OpusIn;
  readonly #out: OpusOut;
  readonly #listener: ChatListener;
  #closed = false;

  /** @param url ws:// or wss:// address of `/api/chat`, with its query. Rejects with a ServerError `engine-unavailable` */
  static async open(url: URL, listener: ChatListener): Promise<ChatClient> {
    const [opusIn, opusOut] = [await OpusIn.open(), await OpusOut.open(OPUS)];
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
    const client = new ChatClient(socket, opusIn, opusOut, listener);
    try {
      await handshake(socket);
      return client;
    } catch (error) {
      client.close();
      throw new ServerError('engine-unavailable', `no call with ${url.host}: ${(error as Error).message}`);
    }
  }

  private constructor(socket: WebSocket, opusIn: OpusIn, opusOut: OpusOut, listener: ChatListener) {
    this.#socket = socket;
    this.#in = opusIn;
    this.#out = opusOut;
    this.#listener = listener;
    socket.on('message', (data: Buffer, binary) => {
      if (binary && !this.#closed) this.#receive(data);
    });
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', (_code, reason) => this.#end(reason.toString() || 'closed'));
  }

  /** Sends {@link FRAME_SAMPLES} samples. */
  send(frame: Float32Array): void {
    if (this.#closed) return;
    for (let at = 0; at < FRAME_SAMPLES; at += PACKET_SAMPLES)
      this.#socket.send(encodeMessage({ type: 'audio', data: this.#out.push(frame.subarray(at, at + PACKET_SAMPLES)) }));
  }

  sendMetadata(data: unknown): void {
    this.#socket.send(encodeMessage({ type: 'metadata', data }));
  }

  #receive(data: Uint8Array): void {
    try {
      const message = decodeMessage(data);
      if (message?.type === 'audio') for (const frame of this.#in.push(message.data)) this.#listener.frame?.(frame);
      else if (message?.type === 'text') this.#listener.text?.(message.text);
      else if (message?.type === 'metadata') this.#listener.metadata?.(message.data);
      else if (message?.type === 'error') this.#listener.error?.(message.message);
    } catch (error) {
      this.#end((error as Error).message);
    }
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#listener.ended?.(reason);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close();
    this.#in.close();
    this.#out.close();
  }
}

/** Waits for the first message, which has to be a handshake of either form. */
function handshake(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no handshake')), HANDSHAKE_MS);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    };
    socket.once('message', (data: Buffer) => end(data[0] === 0 ? undefined : new Error('not a handshake')));
    socket.once('error', end);
    socket.once('close', (_code, reason) => end(new Error(reason.toString() || 'closed')));
  });
}
