// A call as a live verifier hears it: sound in steps of 80 ms, records 0.4 s after their slot, keys when they are due.
import { InProcessChannel } from '../../packages/channel/dist/index.js';
import { createDetector } from '../../packages/detector/dist/index.js';
import { trust } from './clips.mjs';

/** Plays sound to a verifier that knows the session from signalling. Yields its events, with the seconds heard so far. */
export async function* liveEvents(call, heard, rate) {
  const t0 = call.session.card.t0Ms;
  let now = t0;
  const channel = new InProcessChannel(() => now);
  const publish = channel.open(call.session);
  const pending = call.records.slice();
  const expect = [{ card: call.session.card.bytes, claims: call.session.claims }];
  const detector = createDetector({ sampleRate: rate, trust, channel, clock: () => now, expect });
  const step = Math.round(rate * 0.08);
  for (let at = 0; at < heard.length; at += step) {
    now += 80;
    while (pending.length > 0 && t0 + pending[0].slot * 2560 + 400 <= now) publish(pending.shift());
    channel.disclose();
    for (const event of detector.push(heard.subarray(at, at + step))) yield { event, seconds: (at + step) / rate };
    await new Promise((resolve) => setImmediate(resolve));
  }
}
