// One voice for calibration.mjs.
import { parentPort, workerData } from 'node:worker_threads';
import { addTile, makeChips, searchChance, TILES_PER_SLOT, toLlr } from '../../packages/signal/dist/index.js';
import { ALIGNMENTS, SyncSearch } from '../../packages/signal/dist/sync.js';
import { createSession, maskSealedBits, matchInformation, matchProbability } from '../../packages/token/dist/index.js';
import { BINS_PER_DECADE } from './calibration.mjs';
import { softCells } from './channels/presence.mjs';
import { chance } from './channels/room.mjs';
import { issuer, loadClips, RATE } from './clips.mjs';

/** Keys that each second and alignment is tried with, and how many slots a stretch has. */
const KEYS = 512;
const STRETCHES = [1, 3];
/** Chip families that the search is tried with; the sound carries none. */
const FAMILIES = [0, 1, 2, 3];
const ALL_SENT = 0xffffffff;
const TILES_PER_SECOND = 50;
const GRIDS = 4;
const chips = makeChips();

const { folder, seconds, perVoice } = workerData;
/** A session whose keys belong to none of this sound: the masked bits of its slots, each under a key of its own. */
const stranger = createSession({ issuer, agent: 'stranger', t0Ms: Date.UTC(2026, 0, 1), durationSeconds: 3600 });
const coded = Array.from({ length: stranger.slots }, (_, i) =>
  maskSealedBits(new Uint8Array(8), stranger.keyForSlot(i + 1), stranger.cardHash, i + 1),
);

const counter = () => {
  const bins = [];
  return {
    trials: 0,
    bins,
    add(probability) {
      const i = Math.floor(-Math.log10(probability) * BINS_PER_DECADE + 1e-9);
      if (i >= 0 && Number.isFinite(i)) bins[i] = (bins[i] ?? 0) + 1;
    },
  };
};

/** Ratios of the sealed lane of a slot that begins at a tile of a grid. */
function sealed(cells, first) {
  const sums = new Float32Array(128);
  for (let t = 0; t < TILES_PER_SLOT; t++) if (cells[first + t]) addTile(chips, cells[first + t], 0, t, sums, (t >> 2) * 4);
  const llr = sums.map(toLlr);
  return Float32Array.from({ length: 64 }, (_, i) => llr[(i >> 1) * 4 + 2 + (i & 1)]);
}

/** Every second, at an alignment of chance, against every wrong key: the exact tail, and the bound 2^−W. */
function matched(cells, { uniform }, told, bound) {
  const tiles = Math.min(...cells.map((c) => c.length));
  for (const n of STRETCHES)
    for (let second = 0; (second + 1) * TILES_PER_SECOND + n * TILES_PER_SLOT < tiles; second++) {
      const first = Math.floor((second + uniform()) * TILES_PER_SECOND);
      const grid = cells[Math.floor(uniform() * GRIDS)];
      const slots = Array.from({ length: n }, (_, k) => ({ llr: sealed(grid, first + k * TILES_PER_SLOT), sentMap: ALL_SENT }));
      for (let key = 0; key < KEYS; key++) {
        const bits = slots.reduce(
          (a, { llr }, k) => a + matchInformation(llr, coded[(second * KEYS + key + k) % coded.length], ALL_SENT).total,
          0,
        );
        told.trials++;
        bound.trials++;
        told.add(matchProbability(slots, bits));
        bound.add(Math.min(1, 2 ** -bits));
      }
    }
}

/** Every second and alignment, by chips of other families. */
function searched(cells, out) {
  const tiles = Math.min(...cells.map((c) => c.length));
  for (const family of FAMILIES) {
    const sync = new SyncSearch(makeChips(family));
    for (let tile = 0; tile < tiles; tile++) {
      for (let grid = 0; grid < GRIDS; grid++) sync.push(cells[grid][tile], tile, grid);
      if (tile % TILES_PER_SECOND !== TILES_PER_SECOND - 1) continue;
      out.trials += ALIGNMENTS;
      for (const { score } of sync.peaks(0)) out.add(searchChance(score));
    }
  }
}

parentPort.on('message', async (task) => {
  const [told, bound, search] = [counter(), counter(), counter()];
  for (const [i, { samples }] of (await loadClips(folder, seconds, perVoice, task.voice)).entries()) {
    const cells = softCells(samples, RATE);
    matched(cells, chance(1000 * task.n + i), told, bound);
    searched(cells, search);
  }
  const plain = ({ trials, bins }) => ({ trials, bins: Array.from(bins, (n) => n ?? 0) });
  parentPort.postMessage({ task, result: { matched: plain(told), 'bound 2^−W': plain(bound), 'chip search': plain(search) } });
});
