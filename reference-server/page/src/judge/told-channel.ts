/** The verification channel, with a word about everything that comes through it. It is the detector that judges what came. */
import type { ChannelListener, VerificationChannel } from '@undertone/channel';
import { type Card, checkpointEpochs, parseCheckpoint, TokenError, verifyCheckpoint } from '@undertone/token';
import type { Fact } from '../threads.ts';

/** @param card of the session whose checkpoints count; null when signalling named none */
export function toldChannel(channel: VerificationChannel, card: Card | null, tell: (fact: Fact) => void): VerificationChannel {
  const counts = { records: 0, keys: 0 };
  let epochs = 0;
  const failed = (error: unknown): never => {
    tell({ type: 'channel-unreachable', detail: error instanceof Error ? error.message : String(error) });
    throw error;
  };

  /** A checkpoint counts when the session key signed it. */
  const checkpoint = (bytes: Uint8Array): void => {
    try {
      const parsed = parseCheckpoint(bytes);
      if (!card || !verifyCheckpoint(parsed, card).ok) return;
      epochs += checkpointEpochs(parsed).length;
      tell({ type: 'checkpoint', epochs });
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
    }
  };

  return {
    resolve: (locator) => channel.resolve(locator).catch(failed),
    async time(cardHash, nonce) {
      const asked = performance.now();
      const answer = await channel.time(cardHash, nonce).catch(failed);
      if (answer) tell({ type: 'clock', tookMs: performance.now() - asked });
      return answer;
    },
    challenge: (cardHash, nonce) => channel.challenge(cardHash, nonce),
    subscribe(cardHash, listener): () => void {
      const told: ChannelListener = {
        ...listener,
        record(bytes) {
          listener.record(bytes);
          counts.records++;
          tell({ type: 'records', ...counts });
        },
        key(slot, key) {
          listener.key(slot, key);
          counts.keys++;
          tell({ type: 'records', ...counts });
        },
        checkpoint(bytes) {
          listener.checkpoint?.(bytes);
          checkpoint(bytes);
        },
      };
      return channel.subscribe(cardHash, told);
    },
  };
}
