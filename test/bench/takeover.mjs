// How soon `live` is lost when a voice without the mark takes over, and how often it is lost without cause.
import { CHANNELS } from './channel-list.mjs';
import { mark, quantile, RATE } from './clips.mjs';
import { liveEvents } from './live-call.mjs';

const SLOT = 2.56;
const CUTS = [14, 14.7, 15.4, 16.1];
const AFTER = 14;

/** What happens to a live call: [seconds, state, reason] for each change after the first `live`. */
async function changes(call, heard, rate) {
  const out = [];
  for await (const { event, seconds } of liveEvents(call, heard, rate))
    if (event.type === 'state' && (out.length > 0 || event.state === 'live')) out.push([seconds, event.state, event.reason]);
  return out.slice(1);
}

export async function takeover(clips, names, progress) {
  const rows = {};
  for (const name of names ?? ['mulaw-8k', 'opus-24k']) {
    const [rate, through] = CHANNELS[name];
    const slots = [];
    const reasons = {};
    let [minutes, without] = [0, 0];
    for (const [i, clip] of clips.entries()) {
      progress(`takeover ${name} ${i + 1}/${clips.length}`);
      const call = mark(clip.samples);
      const own = await changes(call, await through(call.samples), rate);
      minutes += clip.samples.length / RATE / 60;
      without += own.filter(([, state]) => state !== 'live').length;
      const other = clips.find(({ voice }) => voice !== clip.voice) ?? clip;
      for (const cut of CUTS) {
        const mixed = call.samples.slice(0, (cut + AFTER) * RATE);
        mixed.set(other.samples.subarray(0, mixed.length - cut * RATE), cut * RATE);
        const lost = (await changes(call, await through(mixed), rate)).find(([seconds]) => seconds > cut);
        slots.push(lost ? (lost[0] - cut - call.session.card.delaySeconds) / SLOT : Number.POSITIVE_INFINITY);
        const reason = lost?.[2] ?? 'not lost';
        reasons[reason] = (reasons[reason] ?? 0) + 1;
      }
    }
    rows[name] = {
      takeovers: slots.length,
      slotsAfterDelta: { median: quantile(slots, 0.5), p90: quantile(slots, 0.9), most: Math.max(...slots) },
      reasons,
      lostWithoutCause: { times: without, minutes },
    };
  }
  return rows;
}
