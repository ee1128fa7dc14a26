/** The call's socket, in the Moshi protocol. */
import { decodeMessage, encodeMessage } from '../../../src/chat/protocol.ts';
import { OpusIn } from '../../../src/media/opus-in.ts';
import { OpusOut, PACKET_SAMPLES } from '../../../src/media/opus-out.ts';

const OPUS = { bitrate: 32000, complexity: 5 };
/** Blocks that may wait to be sent, in bytes; what is older than that helps nobody. */
const MOST_WAITING = 65536;

export interface ChatEvents {
  /** The server is ready: the first message has come. */
  connected(): void;
  /** {@link PACKET_SAMPLES} samples, 24 kHz. */
  sound(samples: Float32Array): void;
  text(text: string): void;
  /** A metadata message, unjudged. */
  metadata(data: unknown): void;
  /** The call is over. `outcome`: the server's word for it, or `no-connection` or `connection-lost`. */
  ended(outcome: string, message: string): void;
}

export class Chat {
  readonly #socket: WebSocket;
  readonly #events: ChatEvents;
  readonly #in: OpusIn;
  readonly #out: OpusOut;
  #connected = false;
  #closed = false;
  #error = '';

  static async open(url: string, events: ChatEvents): Promise<Chat> {
    const [opusIn, opusOut] = await Promise.all([OpusIn.open(PACKET_SAMPLES), OpusOut.open(OPUS)]);
    return new Chat(url, events, opusIn, opusOut);
  }

  private constructor(url: string, events: ChatEvents, opusIn: OpusIn, opusOut: OpusOut) {
    this.#events = events;
    this.#in = opusIn;
    this.#out = opusOut;
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer && !this.#closed) this.#receive(new Uint8Array(data));
    });
    this.#socket.addEventListener('close', ({ code, reason }) => this.#end(this.#outcome(code, reason)));
  }

  #outcome(code: number, reason: string): string {
    if (reason !== '') return reason;
    if (code === 1000) return 'caller-left';
    return this.#connected ? 'connection-lost' : 'no-connection';
  }

  #receive(bytes: Uint8Array): void {
    try {
      const message = decodeMessage(bytes);
      if (message?.type === 'handshake') {
        this.#connected = true;
        this.#events.connected();
      } else if (message?.type === 'audio') for (const block of this.#in.push(message.data)) this.#events.sound(block);
      else if (message?.type === 'text') this.#events.text(message.text);
      else if (message?.type === 'metadata') this.#events.metadata(message.data);
      else if (message?.type === 'error') this.#error = message.message;
    } catch (error) {
      this.#error = (error as Error).message;
      this.#socket.close();
      this.#end('chat-malformed');
    }
  }

  /** Sends {@link PACKET_SAMPLES} samples of the caller. */
  send(samples: Float32Array): void {
    if (!this.#connected || this.#closed || this.#socket.bufferedAmount > MOST_WAITING) return;
    this.#socket.send(new Uint8Array(encodeMessage({ type: 'audio', data: this.#out.push(samples) })));
  }

  hangUp(outcome = 'caller-left', message = ''): void {
    this.#socket.close(1000);
    this.#error = message;
    this.#end(outcome);
  }

  #end(outcome: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#in.close();
    this.#out.close();
    this.#events.ended(outcome, this.#error);
  }
}
