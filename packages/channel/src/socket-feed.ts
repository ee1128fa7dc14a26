/** Follows sessions at one resolver over one WebSocket, which is opened when first needed, kept alive and resumed. */
import { Backoff } from './backoff.ts';
import { ChannelError } from './errors.ts';
import type { Follower } from './follower.ts';
import { type ChannelCommand, type ChannelMessage, MAX_FOLLOWS, readMessage } from './messages.ts';
import { decodeWire, encodeWire, MAX_WIRE_BYTES, WIRE_SUBPROTOCOLS, type WireFormat } from './wire.ts';

/** A server says something every 10 s; after this long without a word the connection is dead. */
const SILENCE_MS = 30_000;

/** The platform's WebSocket, or one with its interface. */
export type WebSocketConstructor = new (url: string | URL, protocols?: string | string[]) => WebSocket;

export class SocketFeed {
  readonly #url: URL;
  readonly #WebSocket: WebSocketConstructor;
  readonly #format: WireFormat;
  readonly #followers = new Map<number, Follower>();
  readonly #backoff = new Backoff();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #nextId = 1;

  /** @param base the resolver's address */
  constructor(base: URL, WebSocket: WebSocketConstructor, format: WireFormat) {
    this.#url = new URL('v1/channel', base);
    this.#url.protocol = base.protocol === 'http:' ? 'ws:' : 'wss:';
    this.#WebSocket = WebSocket;
    this.#format = format;
  }

  /** Follows a session from where the follower is. @returns a function that ends it */
  follow(follower: Follower): () => void {
    if (this.#followers.size >= MAX_FOLLOWS) {
      follower.refused('channel-too-many-follows');
      return () => {};
    }
    const id = this.#nextId++;
    this.#followers.set(id, follower);
    if (this.#socket === null && this.#timer === null) this.#open();
    else this.#send({ type: 'follow', id, card: follower.cardHash, after: follower.after });
    return () => {
      if (this.#followers.delete(id)) this.#send({ type: 'unfollow', id });
      if (this.#followers.size === 0) this.close();
    };
  }

  close(): void {
    this.#followers.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #send(command: ChannelCommand): void {
    // Until the socket is open nothing is lost: `open` follows everyone.
    if (this.#socket?.readyState === 1) this.#socket.send(encodeWire(command, this.#format));
  }

  #open(): void {
    this.#timer = null;
    let socket: WebSocket;
    try {
      socket = new this.#WebSocket(this.#url, WIRE_SUBPROTOCOLS[this.#format]);
    } catch {
      this.#again();
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      if (this.#socket !== socket) return;
      for (const [id, { cardHash, after }] of this.#followers) this.#send({ type: 'follow', id, card: cardHash, after });
      this.#awake(socket);
    });
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (this.#socket !== socket) return;
      this.#backoff.reset();
      this.#awake(socket);
      try {
        this.#take(readMessage(decodeWire(bounded(data), this.#format)));
      } catch (error) {
        if (!(error instanceof ChannelError)) throw error;
        // Whoever sends rubbish once is not listened to further on this connection.
        this.#lost(socket);
      }
    });
    socket.addEventListener('close', () => this.#lost(socket));
    socket.addEventListener('error', () => this.#lost(socket));
  }

  #take(message: ChannelMessage): void {
    if (message.type === 'beat') return;
    const follower = message.id === null ? undefined : this.#followers.get(message.id);
    if (!follower || message.id === null) return;
    if (message.type === 'status') follower.status(message.revoked);
    else if (message.type === 'error') {
      this.#followers.delete(message.id);
      follower.refused(message.code);
    } else {
      follower.take(message);
      if (follower.ended) this.#followers.delete(message.id);
    }
    if (this.#followers.size === 0) this.close();
  }

  /** Restarts the watch for silence. */
  #awake(socket: WebSocket): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lost(socket), SILENCE_MS);
    unref(this.#timer);
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    socket.close();
    this.#again();
  }

  #again(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#followers.size === 0 ? null : setTimeout(() => this.#open(), this.#backoff.next());
    if (this.#timer !== null) unref(this.#timer);
  }
}

/** A frame as the decoder takes it; anything else is no frame of ours. */
function bounded(data: unknown): string | Uint8Array {
  const size = typeof data === 'string' ? data.length : data instanceof ArrayBuffer ? data.byteLength : -1;
  if (size < 0) throw new ChannelError('channel-malformed', 'frame');
  if (size > MAX_WIRE_BYTES) throw new ChannelError('channel-too-large', 'frame');
  return typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer);
}

/** In Node a waiting timer must not keep a process alive that has nothing else to do. */
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
