// One voice for calibration.mjs.
import { parentPort, workerData } from 'node:worker_threads';
import { addTile, makeChips, searchChance, TILES_PER_SLOT, toLlr } from '../../packages/signal/dist/index.js';
import { ALIGNMENTS, SyncSearch } from '../../packages/signal/dist/sync.js';
import { bitInformation, MAX_LLR, maskSealedBits, matchInformation, matchProbability } from '../../packages/token/dist/index.js';
import { BINS, BINS_PER_DECADE } from './calibration.mjs';
import { softCells } from './channels/presence.mjs';
import { chance } from './channels/room.mjs';
import { loadClips, mark, RATE } from './clips.mjs';

/** Wrong keys that each second and alignment is tried with, and how many slots a stretch has. */
const KEYS = 65_536;
const STRETCHES = [1, 3];
/** Masks of the slots of a stretch are so far apart in the list: each serves three keys, in another slot each time. */
const STRIDE = 21_845;
/** Chip families that the search is tried with; the sound carries none. */
const FAMILIES = [0, 1, 2, 3];
const ALL_SENT = 0xffffffff;
const SLOT_BYTES = 8;
const TILES_PER_SECOND = 50;
const GRIDS = 4;
const chips = makeChips();

const { folder, seconds, perVoice } = workerData;
/** Sealed bits of zeros under keys that belong to none of this sound, 8 bytes each. */
const masks = new Uint8Array(KEYS * SLOT_BYTES);
const { uniform } = chance(1);
const someBytes = (n) => Uint8Array.from({ length: n }, () => uniform() * 256);
const cardHash = someBytes(32);
for (let i = 0; i < KEYS; i++) masks.set(maskSealedBits(new Uint8Array(SLOT_BYTES), someBytes(32), cardHash, 1), i * SLOT_BYTES);
const maskOf = (key, slot) => {
  const at = ((key + slot * STRIDE) % KEYS) * SLOT_BYTES;
  return masks.subarray(at, at + SLOT_BYTES);
};

/** Counts by reported probability: bins[i] from 10^(−i/4) down to the next. */
class Counter {
  trials = 0;
  bins = new Array(BINS).fill(0);

  add(probability) {
    const i = Math.floor(-Math.log10(probability) * BINS_PER_DECADE + 1e-9);
    if (i >= 0 && i < BINS) this.bins[i]++;
  }

  /** All of an ascending list of W at once. @param probability of W, falling: asked at the edges of bins only, because it takes time */
  addAll(sorted, probability) {
    this.trials += sorted.length;
    let before = sorted.length;
    for (let i = 0; i < BINS && before > 0; i++) {
      let [low, high] = [sorted.length - before, sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (probability(sorted[middle]) <= 10 ** (-(i + 1) / BINS_PER_DECADE)) high = middle;
        else low = middle + 1;
      }
      this.bins[i] += before - (sorted.length - low);
      before = sorted.length - low;
    }
  }
}

/** Ratios of the sealed lane of a slot that begins at a tile of a grid. */
function sealed(cells, first) {
  const sums = new Float32Array(128);
  for (let t = 0; t < TILES_PER_SLOT; t++) if (cells[first + t]) addTile(chips, cells[first + t], 0, t, sums, (t >> 2) * 4);
  const llr = sums.map(toLlr);
  return Float32Array.from({ length: 64 }, (_, i) => llr[(i >> 1) * 4 + 2 + (i & 1)]);
}

/** W by each value of each byte of a mask, [8 × 256]: all that a key changes, summed beforehand. */
function byteInformation(llr) {
  const table = new Float64Array(SLOT_BYTES * 256);
  for (let byte = 0; byte < SLOT_BYTES; byte++)
    for (let value = 0; value < 256; value++)
      for (let bit = 0; bit < 8; bit++) {
        const l = Math.max(-MAX_LLR, Math.min(MAX_LLR, llr[8 * byte + bit]));
        table[256 * byte + value] += bitInformation((value >> (7 - bit)) & 1 ? l : -l);
      }
  return table;
}

/** W of every key, ascending. */
function informationByKey(slots) {
  const tables = slots.map(({ llr }) => byteInformation(llr));
  const sums = new Float64Array(KEYS);
  for (const [slot, table] of tables.entries())
    for (let key = 0, at = slot * STRIDE * SLOT_BYTES; key < KEYS; key++, at += SLOT_BYTES) {
      if (at >= masks.length) at -= masks.length;
      for (let byte = 0; byte < SLOT_BYTES; byte++) sums[key] += table[256 * byte + masks[at + byte]];
    }
  // The sums taken apart must be what a verifier takes.
  const asked = slots.reduce((a, { llr }, slot) => a + matchInformation(llr, maskOf(7, slot), ALL_SENT).total, 0);
  if (Math.abs(asked - sums[7]) > 1e-3) throw new Error(`W is ${asked}, and ${sums[7]} by bytes`);
  return sums.sort();
}

/** Every second, at an alignment of chance, against every wrong key: the exact tail, and the bound 2^−W. */
function matched(cells, { uniform }, told, bound) {
  const tiles = Math.min(...cells.map((c) => c.length));
  for (const n of STRETCHES)
    for (let second = 0; (second + 1) * TILES_PER_SECOND + n * TILES_PER_SLOT < tiles; second++) {
      const first = Math.floor((second + uniform()) * TILES_PER_SECOND);
      const grid = cells[Math.floor(uniform() * GRIDS)];
      const slots = Array.from({ length: n }, (_, k) => ({ llr: sealed(grid, first + k * TILES_PER_SLOT), sentMap: ALL_SENT }));
      const sorted = informationByKey(slots);
      told.addAll(sorted, (bits) => matchProbability(slots, bits));
      bound.addAll(sorted, (bits) => Math.min(1, 2 ** -bits));
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
  const [told, marked, bound, search] = Array.from({ length: 4 }, () => new Counter());
  for (const [i, { samples }] of (await loadClips(folder, seconds, perVoice, task.voice)).entries()) {
    const cells = softCells(samples, RATE);
    const source = chance(1000 * task.n + i);
    matched(cells, source, told, bound);
    searched(cells, search);
    matched(softCells(mark(samples).samples, RATE), source, marked, bound);
  }
  const plain = ({ trials, bins }) => ({ trials, bins });
  parentPort.postMessage({
    task,
    result: {
      matched: plain(told),
      'matched, marked by another session': plain(marked),
      'bound 2^−W': plain(bound),
      'chip search': plain(search),
    },
  });
});
