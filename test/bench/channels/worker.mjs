// One worker of the matrix: marks clips, sends them through rows, and says what was heard.
import { parentPort, workerData } from 'node:worker_threads';
import { hex } from '../../../packages/token/dist/index.js';
import { loadClips } from '../clips.mjs';
import { hear } from './hear.mjs';
import { markAndKeep } from './marked.mjs';
import { isPeer, Peers } from './peers.mjs';
import { chance } from './room.mjs';
import { ROWS } from './rows.mjs';

const { folder, seconds, perVoice } = workerData;
const clips = await loadClips(folder, seconds, perVoice);
const marked = new Map();
/** Marks are kept for the clip in hand and the one that it meets in a mix. */
function markOnce(n, mode) {
  const key = `${n} ${mode}`;
  if (!marked.has(key)) {
    if (marked.size > 3) marked.delete(marked.keys().next().value);
    const [lookahead, reserve] = mode.split('*');
    marked.set(key, markAndKeep(clips[n].samples, lookahead, Number(reserve ?? 1)));
  }
  return marked.get(key);
}

function context(n, mode, name) {
  const other = (k) => (n + k) % clips.length;
  const others = [1, 2, 3].map((k) => ({
    unmarked: clips[other(k)].samples,
    get marked() {
      return markOnce(other(k), mode).samples;
    },
  }));
  return { source: chance([...name].reduce((a, c) => Math.imul(a, 31) + c.charCodeAt(0), n + 1)), others, seed: n + 1 };
}

const peers = new Peers();

async function measure({ row: name, clip: n, mode }) {
  const row = ROWS.find((r) => r.name === name);
  const unmarked = clips[n].samples;
  if (isPeer(mode)) return peers.hear(mode, `${n}`, unmarked, (x) => row.run(x, context(n, 'frame', name)));
  const call = markOnce(n, mode);
  const heard = await row.run(call.samples, context(n, mode, name));
  const agents = row.agents ? [n, (n + 1) % clips.length].map((k) => hex(markOnce(k, mode).session.card.locator)) : null;
  return hear(call, unmarked, heard, agents);
}

/** How good the mark sounds: mean of PESQ-WB and ViSQOL over pieces, and the SNR. */
const quality = async ({ clip: n, mode }) => {
  const original = clips[n].samples;
  const made = isPeer(mode) ? await peers.marked(mode, `${n}`, original) : markOnce(n, mode).samples;
  return peers.quality(original, made);
};

parentPort.on('message', async (task) => {
  try {
    parentPort.postMessage({ task, result: await (task.row === 'quality' ? quality(task) : measure(task)) });
  } catch (error) {
    parentPort.postMessage({ task, result: { failed: String(error?.message ?? error).slice(0, 300) } });
  }
});
