// What survives each channel: bits, time to the locator, attestation and its edges, digests of the right and of other words.
import { createDetector, detect } from '../../packages/detector/dist/index.js';
import { Receiver, slotDigest, toCoreRate } from '../../packages/signal/dist/index.js';
import { digestDistance, digestSelection } from '../../packages/token/dist/index.js';
import { CHANNELS } from './channel-list.mjs';
import { mark, quantile, trust, voicedSeconds } from './clips.mjs';
import { liveEvents } from './live-call.mjs';

function locatorTime(heard, rate) {
  const detector = createDetector({ sampleRate: rate, trust });
  const step = Math.round(rate * 0.08);
  for (let at = 0; at < heard.length; at += step)
    for (const e of detector.push(heard.subarray(at, at + step)))
      if (e.type === 'claimed') return voicedSeconds(heard, rate, e.seconds);
  return Number.POSITIVE_INFINITY;
}

/** A live verifier that knows the session from signalling. @returns voiced seconds until live, δ and all */
async function liveTime(call, heard, rate) {
  for await (const { event, seconds } of liveEvents(call, heard, rate))
    if (event.type === 'state' && event.state === 'live')
      return voicedSeconds(heard, rate, seconds - call.session.card.delaySeconds);
  return Number.POSITIVE_INFINITY;
}

function heardSlots(heard, rate) {
  const slots = [];
  const receiver = new Receiver();
  receiver.push(toCoreRate(rate).process(heard), (s) => slots.push(s));
  receiver.finish((s) => slots.push(s));
  return slots.filter(
    (s) => Math.abs(s.startSeconds / 2.56 - Math.round(s.startSeconds / 2.56)) < 0.008 && s.startSeconds >= -0.02,
  );
}

/** Error rates of slot digests: the right words, and every other slot of the same voice under the same key. */
function digests(call, heard, rate, right, wrong) {
  for (const slot of heardSlots(heard, rate)) {
    const s = Math.round(slot.startSeconds / 2.56) + 1;
    for (const record of call.records) {
      const selection = digestSelection(call.session.keyForSlot(record.slot), call.session.cardHash, record.slot);
      const { compared, errors } = digestDistance(slotDigest(slot.levels, selection), record.digest);
      if (compared >= 100) (record.slot === s ? right : wrong).push(errors / compared);
    }
  }
}

const moments = (v) => {
  const mean = v.reduce((a, x) => a + x, 0) / v.length;
  return {
    mean,
    sd: Math.sqrt(v.reduce((a, x) => a + (x - mean) ** 2, 0) / v.length),
    least: Math.min(...v),
    most: Math.max(...v),
    n: v.length,
  };
};

export async function channels(clips, names, progress) {
  const rows = {};
  for (const name of names ?? ['mulaw-8k', 'opus-24k', 'mp3-32k', 'opus-24k-loss3']) {
    const [rate, through] = CHANNELS[name];
    const [locator, live, right, wrong, edges] = [[], [], [], [], []];
    let [attested, wrongRecord] = [0, 0];
    let previous = null;
    for (const [i, clip] of clips.entries()) {
      progress(`${name} ${i + 1}/${clips.length}`);
      const call = mark(clip.samples);
      const heard = await through(call.samples);
      for (const cut of [0, 0.7, 1.9]) locator.push(locatorTime(heard.slice(Math.round(cut * rate)), rate));
      live.push(await liveTime(call, heard, rate));
      const report = detect(heard, { sampleRate: rate, trust, records: [call.sessionRecord] });
      const [span] = report.spans;
      if (report.state === 'attested' && span.content === 'full') attested++;
      if (span) edges.push(Math.max(span.startSeconds, heard.length / rate - span.endSeconds));
      if (previous && detect(heard, { sampleRate: rate, trust, records: [previous] }).state === 'attested') wrongRecord++;
      previous = call.sessionRecord;
      digests(call, heard, rate, right, wrong);
    }
    const impostor = moments(wrong);
    rows[name] = {
      clips: clips.length,
      attestedFull: attested,
      wrongRecordAttested: wrongRecord,
      edgeSecondsMost: Math.max(...edges),
      locatorVoicedSeconds: { median: quantile(locator, 0.5), p90: quantile(locator, 0.9) },
      liveVoicedSecondsAfterDelta: { median: quantile(live, 0.5), p90: quantile(live, 0.9) },
      digestRight: moments(right),
      digestOther: impostor,
      digestLimitSigmas: (impostor.mean - 0.26) / impostor.sd,
      digestFalseReject: right.filter((e) => e > 0.26).length / right.length,
    };
  }
  return rows;
}
