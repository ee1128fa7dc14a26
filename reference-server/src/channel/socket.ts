/** One verifier's WebSocket: its follows, its limits, and the word that keeps it alive. */
import {
  ChannelError,
  type ChannelMessage,
  decodeWire,
  encodeWire,
  MAX_FOLLOWS,
  readCommand,
  WIRE_SUBPROTOCOLS,
  type WireFormat,
} from '@undertone/channel';
import type { RawData, WebSocket } from 'ws';
import type { StoredSession } from '../store/session-store.ts';
import type { Hub } from './hub.ts';
import type { StatusFeed } from './status-feed.ts';

const BEAT_MS = 10_000;
/** Longest command, bytes: a follow is under 100. */
export const MAX_COMMAND_BYTES = 1024;
/** Commands in ten seconds: every follow, and unfollow, twice over. */
const MAX_COMMANDS = 4 * MAX_FOLLOWS;
/** Unsent bytes from which a slow reader gets no more for now, and from which it is let go. */
const FULL_BYTES = 1 << 18;
const STUCK_BEATS = 3;

/** What a connection needs. */
export interface SocketContext {
  readonly hub: Hub;
  readonly statuses: StatusFeed;
  readonly byCard: (cardHash: Uint8Array) => Promise<StoredSession | null>;
}

/** The form that a subprotocol stands for, or null for one that is not ours. */
export function formatOf(subprotocol: string): WireFormat | null {
  const known = (Object.keys(WIRE_SUBPROTOCOLS) as WireFormat[]).find((format) => WIRE_SUBPROTOCOLS[format] === subprotocol);
  return known ?? null;
}

/** Serves a connection until it closes. */
export function serveSocket(socket: WebSocket, format: WireFormat, { hub, statuses, byCard }: SocketContext): void {
  const follows = new Map<number, () => void>();
  let commands = 0;
  let stuck = 0;

  const send = (message: ChannelMessage): void => socket.send(encodeWire(message, format));
  const refuse = (id: number | null, code: string): void => send({ type: 'error', id, code });

  const beat = setInterval(() => {
    commands = 0;
    stuck = socket.bufferedAmount > FULL_BYTES ? stuck + 1 : 0;
    if (stuck >= STUCK_BEATS) socket.terminate();
    else if (stuck === 0) send({ type: 'beat' });
  }, BEAT_MS);

  const follow = async (id: number, card: Uint8Array, after: number): Promise<void> => {
    follows.get(id)?.();
    if (follows.size >= MAX_FOLLOWS) return refuse(id, 'channel-too-many-follows');
    // Reserved before the answer of the database, so that an unfollow in between counts.
    let stopped = false;
    follows.set(id, () => {
      stopped = true;
      follows.delete(id);
    });
    const known = await byCard(card).catch(() => undefined);
    if (stopped) return;
    if (!known) {
      follows.delete(id);
      return refuse(id, known === null ? 'session-unknown' : 'store-unavailable');
    }
    const unwatch = statuses.follow(card, (revoked) => send({ type: 'status', id, revoked }));
    const end = hub.follow({
      cardHash: card,
      after,
      send(item) {
        if (socket.bufferedAmount > FULL_BYTES) return false;
        send({ ...item, id });
        return true;
      },
    });
    follows.set(id, () => {
      end();
      unwatch();
      follows.delete(id);
    });
  };

  socket.on('message', (data: RawData, binary: boolean) => {
    if (++commands > MAX_COMMANDS) return socket.close(1008, 'channel-too-many-commands');
    try {
      const bytes = data as Buffer;
      if (binary !== (format === 'msgpack')) throw new ChannelError('channel-malformed', 'kind of frame');
      const command = readCommand(decodeWire(bytes, format));
      if (command.type === 'unfollow') follows.get(command.id)?.();
      else void follow(command.id, command.card, command.after);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      refuse(null, error.code);
      socket.close(1008, error.code);
    }
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    clearInterval(beat);
    for (const end of [...follows.values()]) end();
  });
}
