/** The thread of the detectors: it listens to every caller of a server, so that no call waits for a detector. */
import { workerData } from 'node:worker_threads';
import { createChannelClient, type ResolvedSession, type WebSocketConstructor } from '@undertone/channel';
import { createDetector, type Detector } from '@undertone/detector';
import { WebSocket } from 'ws';
import { runInBackground } from '../background.ts';
import { ENGINE_RATE } from '../engines/engine.ts';
import { serveLines } from '../threads/serve-lines.ts';
import type { CallerTalk, CallerTrust } from './link.ts';
import { callerStatuses } from './statuses.ts';

runInBackground(5);
const { trust, resolvers, audience } = workerData as CallerTrust;
const channel = createChannelClient({
  resolvers: resolvers.map((url) => ({ url })),
  // Node 20 has none of its own.
  WebSocket: WebSocket as unknown as WebSocketConstructor,
});
const status = callerStatuses({ trust, resolvers });

function detector(expect: readonly ResolvedSession[]): Detector {
  return createDetector({
    sampleRate: ENGINE_RATE,
    trust,
    channel,
    status,
    expect,
    ...(audience === undefined ? {} : { audience }),
  });
}

serveLines<CallerTalk>((_, post) => {
  let listening = detector([]);
  return {
    take(sound) {
      if ('frame' in sound) post(listening.push(sound.frame));
      else {
        // Said at the beginning of a call: what was heard before it is little.
        listening.report();
        listening = detector([sound.expect]);
      }
    },
    answers: {},
    // The report ends the subscriptions.
    end: () => void listening.report(),
  };
});
