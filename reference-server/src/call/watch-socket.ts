/** Watches a socket: what comes in, whether anybody is still there, and whether what goes out is read. */
import type { WebSocket } from 'ws';

export interface SocketWatcher {
  message(bytes: Uint8Array): void;
  /** Closed by the other side, or half-open and given up. */
  closed(): void;
  /** The other side does not read what is sent to it. */
  tooSlow(): void;
}

const CHECK_MS = 5000;
/** Checks without any sign of life after which the socket is given up. */
const SILENT_CHECKS = 3;
/** Bytes waiting here beyond what the network holds already: about half a minute of speech. */
const MAX_BUFFERED = 131072;

/** @returns a function that ends the watch; the socket stays as it is */
export function watchSocket(socket: WebSocket, watcher: SocketWatcher): () => void {
  let silent = 0;
  const alive = (): void => {
    silent = 0;
  };
  const message = (data: Buffer, binary: boolean): void => {
    alive();
    // Text frames are not part of the protocol; upstream ignores them.
    if (binary) watcher.message(data);
  };
  const closed = (): void => watcher.closed();
  socket.on('message', message).on('pong', alive).on('close', closed).on('error', closed);
  const timer = setInterval(() => {
    if (socket.bufferedAmount > MAX_BUFFERED) watcher.tooSlow();
    else if (++silent > SILENT_CHECKS) watcher.closed();
    else socket.ping();
  }, CHECK_MS);
  return () => {
    clearInterval(timer);
    socket.off('message', message).off('pong', alive).off('close', closed).off('error', closed);
    // A late error of a closing socket has nobody to tell.
    socket.on('error', () => {});
  };
}
