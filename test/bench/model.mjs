// Speed of the full-duplex model. Without --model the tiny random one is measured; --make-model DIR writes full-size files of random content.
import { performance } from 'node:perf_hooks';
import { Engine } from '../../packages/model/dist/engine/engine.js';
import { buildParts } from '../../packages/model/dist/engine/open-engine.js';
import { openModel } from '../../packages/model/dist/index.js';
import { watchLag } from './event-loop-lag.mjs';
import { makeModelFiles } from './model-files.mjs';
import { summary } from './summary.mjs';

const quiet = { voice: '', role: '' };
const FRAME = 1920;

function timed(repeat, work) {
  const ms = [];
  for (let i = 0; i < repeat; i++) {
    const start = performance.now();
    work(i);
    ms.push(performance.now() - start);
  }
  return summary(ms);
}

// Made beforehand: what a caller's machine does must not take the engine's time.
const TONES = Array.from({ length: 25 }, (_, t) =>
  Float32Array.from({ length: FRAME }, (_, i) => 0.3 * Math.sin((t * FRAME + i) / 20)),
);
const tone = (t) => TONES[t % TONES.length];

/** A step of the language model and of the codec, every window full. */
function steps({ model, codec, sizes }, repeat) {
  const result = {};
  for (const size of sizes) {
    model.inputs.host.last_index.fill(model.cache.capacity - 2);
    model.inputs.host.position.fill(model.cache.capacity);
    for (let i = 0; i < 3; i++) model.step(size);
    const encode = (active) => {
      codec.encoder.sound.upload();
      codec.encoder.queue(size, () => active);
      codec.encoder.codes.download();
    };
    const decode = (active) => {
      codec.decoder.codes.upload();
      codec.decoder.queue(size, () => active);
      codec.decoder.sound.download();
    };
    encode(false);
    decode(false);
    result[size] = {
      languageModel: timed(repeat, () => model.step(size)),
      encode: timed(repeat, () => encode(true)),
      decode: timed(repeat, () => decode(true)),
    };
  }
  model.inputs.host.last_index.fill(0);
  for (let place = 0; place < sizes.at(-1); place++) codec.reset(place);
  return result;
}

/** A prompt of 256 steps at one place: all of it, and its longest part. */
function prefill({ prefill, model, config }) {
  const tokens = Array.from({ length: 256 }, (_, t) => Array.from({ length: 17 }, (_, k) => (t * 31 + k * 7) % 1000));
  const whole = [];
  const longest = [];
  for (let i = 0; i < 5; i++) {
    model.cache.clear(0);
    const parts = [];
    const work = prefill.run(
      0,
      { tokens: tokens.slice(0, Math.min(256, config.context - 1)), embeddings: new Float32Array(0) },
      Math.min(256, config.context - 1),
      0,
    );
    for (let start = performance.now(); ; start = performance.now()) {
      const { done } = work.next();
      parts.push(performance.now() - start);
      if (done) break;
    }
    whole.push(parts.reduce((a, b) => a + b));
    longest.push(Math.max(...parts));
  }
  model.cache.clear(0);
  return { whole: summary(whole.slice(1)), longestPart: summary(longest.slice(1)) };
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Opens calls with a full window until there are `most`, or no further one is taken. */
async function openCalls(engine, parts, most) {
  const calls = [];
  let refused = null;
  while (calls.length < most && refused === null)
    try {
      const i = calls.length;
      calls.push(await engine.open({ persona: quiet, sampling: { textSeed: i, audioSeed: i } }));
      parts.model.cache.advance(i, parts.config.context - 10);
    } catch (error) {
      if (error.code !== 'busy') throw error;
      refused = error.message;
    }
  return { calls, refused };
}

/**
 * Every call's frames as a caller sends them, each call at a time of its own: milliseconds from the time a frame is there, which may be while
 * the engine works, to its answer.
 */
async function pacedFrames(engine, calls, paced) {
  const start = performance.now() + 20;
  const due = calls.flatMap((call, i) => Array.from({ length: paced }, (_, t) => [start + 80 * (t + i / calls.length), call, t]));
  due.sort((a, b) => a[0] - b[0]);
  const late = [];
  const answers = [];
  // Turns of the event loop instead of timers, which come up to a millisecond late.
  for (const [at, call, t] of due) {
    while (performance.now() < at) await new Promise(setImmediate);
    answers.push(engine.frame(call, tone(t), at).then(() => late.push(performance.now() - at)));
  }
  await Promise.all(answers);
  return late;
}

/** As many calls as the engine takes, all at once. */
async function admission(parts, paced) {
  const engine = new Engine(parts);
  const { calls, refused } = await openCalls(engine, parts, parts.places);
  const late = await pacedFrames(engine, calls, paced);
  const { mostCalls, runMs, late: lateFrames } = engine.stats();
  for (const call of calls) engine.close(call);
  return { calls: calls.length, places: parts.places, refused, mostCalls, runMs, lateFrames, frame: summary(late) };
}

/** Calls with a full window, all speaking: at full speed, then paced as a caller's frames come. */
async function conversation(parts, count, frames, paced) {
  const engine = new Engine({ ...parts, budgetMs: Number.POSITIVE_INFINITY });
  const { calls } = await openCalls(engine, parts, count);
  const together = (t) => Promise.all(calls.map((call) => engine.frame(call, tone(t))));
  for (let t = 0; t < 5; t++) await together(t);
  const fast = [];
  for (let t = 0; t < frames; t++) {
    const start = performance.now();
    await together(t);
    fast.push(performance.now() - start);
  }
  const late = await pacedFrames(engine, calls, paced);
  // A call joins with a prompt and leaves, again and again, beside the first.
  let joining = null;
  if (count === 1 && parts.places > 1) {
    joining = [];
    let going = true;
    const others = (async () => {
      while (going) {
        const other = await engine.open({ persona: quiet, sampling: {} });
        await engine.frame(other, tone(0));
        engine.close(other);
        await wait(7);
      }
    })();
    for (let t = 0; t < 60; t++) {
      await wait(40);
      const due = performance.now();
      await engine.frame(calls[0], tone(t));
      joining.push(performance.now() - due);
    }
    going = false;
    await others;
    joining = summary(joining);
  }
  for (const call of calls) engine.close(call);
  return { calls: count, fullSpeed: summary(fast), paced: summary(late), besideJoiningCalls: joining };
}

/** Lag of the main thread while the engine's thread works without a pause. */
async function eventLoop(options, frames) {
  const model = await openModel({ ...options, places: 1 });
  const call = await model.open({ persona: quiet, sampling: {} });
  for (let t = 0; t < 5; t++) await call.frame(tone(t));
  const stopLag = watchLag();
  const roundTrip = [];
  for (let t = 0; t < frames; t++) {
    const sound = tone(t);
    const start = performance.now();
    await call.frame(sound);
    roundTrip.push(performance.now() - start);
  }
  const lag = stopLag();
  await model.close();
  return { loadMs: model.info.loadMs, lag: summary(lag), frame: summary(roundTrip) };
}

export function modelOptions(values) {
  const directory = values.model ?? values['make-model'];
  const weights = directory ? { directory } : { random: 'tiny' };
  const count = (name) => (values[name] ? { [name]: values[name] } : {});
  return { provider: values.provider, weights, ...count('places'), ...count('context') };
}

export async function model(values) {
  if (values['make-model']) makeModelFiles(values['make-model']);
  const options = modelOptions(values);
  const { frames, paced } = values;
  const part = (name) => !values.parts || values.parts.includes(name);
  const result = { options };
  const start = performance.now();
  const { parts } = await buildParts(options);
  result.load = {
    ms: performance.now() - start,
    rssMiB: process.memoryUsage().rss / 2 ** 20,
    freeGiB: parts.runtime.device.freeBytes() / 2 ** 30,
  };
  const show = (name, value) => {
    result[name] = value;
    console.error(
      name,
      JSON.stringify(value, (_, v) => (typeof v === 'number' ? Math.round(v * 100) / 100 : v)),
    );
  };
  show('load', result.load);
  if (part('steps')) show('steps', steps(parts, Math.min(frames, 60)));
  if (part('prefill')) show('prefill', prefill(parts));
  if (part('one')) show('one', await conversation(parts, 1, frames, paced));
  if (part('all') && parts.places > 1) show('all', await conversation(parts, parts.places, Math.min(frames, 40), paced));
  if (part('admission')) show('admission', await admission(parts, paced));
  show('memory', { rssMiB: process.memoryUsage().rss / 2 ** 20, freeGiB: parts.runtime.device.freeBytes() / 2 ** 30 });
  return result;
}

/** The event loop by itself: the engine's thread loads a model of its own, which would not fit beside another. */
export async function modelLag(values) {
  const directory = values.model ?? values['make-model'];
  return eventLoop({ provider: values.provider, weights: directory ? { directory } : { random: 'tiny' } }, values.frames);
}
