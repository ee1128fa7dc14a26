/** The thread of the detectors: it listens to every caller of a server, so that no call waits for a detector. */
import { parentPort, workerData } from 'node:worker_threads';
import { createChannelClient, type ResolvedSession, type WebSocketConstructor } from '@undertone/channel';
import { createDetector, type Detector } from '@undertone/detector';
import { WebSocket } from 'ws';
import { runInBackground } from '../background.ts';
import { ENGINE_RATE } from '../engines/engine.ts';
import type { CallerHeard, CallerSound, CallerTrust } from './link.ts';
import { callerStatuses } from './statuses.ts';

runInBackground(5);
const { trust, resolvers, audience } = workerData as CallerTrust;
const channel = createChannelClient({
  resolvers: resolvers.map((url) => ({ url })),
  // Node 20 has none of its own.
  WebSocket: WebSocket as unknown as WebSocketConstructor,
});
const status = callerStatuses({ trust, resolvers });
const detectors = new Map<number, Detector>();

function listen(caller: number, expect: readonly ResolvedSession[] = []): Detector {
  const detector = createDetector({
    sampleRate: ENGINE_RATE,
    trust,
    channel,
    status,
    expect,
    ...(audience === undefined ? {} : { audience }),
  });
  detectors.set(caller, detector);
  return detector;
}

parentPort!.on('message', (sound: CallerSound) => {
  const { caller } = sound;
  if ('end' in sound) {
    // The report ends the subscriptions.
    detectors.get(caller)?.report();
    detectors.delete(caller);
    return;
  }
  if ('expect' in sound) {
    // Said at the beginning of a call: what was heard before it is little.
    detectors.get(caller)?.report();
    listen(caller, [sound.expect]);
    return;
  }
  const heard: CallerHeard = { caller, events: (detectors.get(caller) ?? listen(caller)).push(sound.frame) };
  parentPort!.postMessage(heard);
});
