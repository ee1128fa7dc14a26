// Marks recordings with known bits, sends them through channels and writes the levels of their cells: what fit_linear.py fits.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, namesIn } from '../../scripts/command-line.mjs';

const packages = new URL('../../packages/', import.meta.url);
const from = (path) => import(new URL(path, packages));
const { BITS_PER_FRAME, Embedder, makeChips } = await from('signal/dist/index.js');
const { decodeAudio, opusRoundTrip } = await from('audio/dist/index.js');
const { decodeMulaw, encodeMulaw, resample } = await from('audio/dist/pcm/index.js');
const { blindEmbed } = await from('../protocol/dist/baseline/blind-embedder.js');
const { tileLevels } = await from('../protocol/dist/baseline/levels.js');

const RATE = 8000;
const SECONDS = 40;
const USAGE = `node tools/signal-lab/mark_levels.mjs SPEECH_DIR OUT_DIR      (after npm run build)
SPEECH_DIR holds FLAC files.`;
const [speech, out] = commandLine(USAGE, {}, [2, 2]).operands;
const chips = makeChips();
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'chips.json'), JSON.stringify({ sign: [...chips.sign], bit: [...chips.bit] }));

/** Repeatable bits, ±1. */
function bitSource(seed) {
  let x = seed;
  const frames = [];
  const next = () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    return x / 2 ** 31 > 0.5 ? 1 : -1;
  };
  return (frame) => {
    while (frames.length <= frame) frames.push(Int8Array.from({ length: BITS_PER_FRAME }, next));
    return frames[frame];
  };
}

function trained(samples, bits) {
  const difference = new Embedder(chips, 'frame', bits).push(Float32Array.from([...samples, ...new Float32Array(1000)]));
  return samples.map((v, i) => v + difference[i]);
}

const channels = {
  clean: (x) => x,
  mulaw: (x) => decodeMulaw(encodeMulaw(x)),
  opus24: (x) => opusRoundTrip(x, RATE, { bitrate: 24_000 }),
  opus12: (x) => opusRoundTrip(x, RATE, { bitrate: 12_000 }),
};
for (const [i, name] of namesIn(speech)
  .filter((n) => n.endsWith('.flac'))
  .entries()) {
  const audio = await decodeAudio(readFileSync(join(speech, name)));
  const samples = resample(audio.channels[0], audio.sampleRate, RATE).slice(0, RATE * SECONDS);
  const bits = bitSource(1000 + i);
  const marked = {
    nn: trained(samples, bits),
    'b1.3': blindEmbed(samples, chips, bits, 1.3),
    b2: blindEmbed(samples, chips, bits, 2),
  };
  for (const [embedder, sound] of Object.entries(marked))
    for (const [channel, send] of Object.entries(channels)) {
      const levels = tileLevels(await send(sound), 0);
      const sent = Array.from({ length: Math.floor(levels.length / 32) }, (_, f) => [...bits(f)]).flat();
      const base = join(out, `${name.slice(0, -5)}.${embedder}.${channel}`);
      writeFileSync(`${base}.L`, new Uint8Array(levels.buffer));
      writeFileSync(`${base}.w`, new Uint8Array(Int8Array.from(sent).buffer));
    }
  console.log(name);
}
