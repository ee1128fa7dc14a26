/**
 * The decoder of the code: successive cancellation with a list (Arıkan 2009; Tal and Vardy 2015). The check bits that choose
 * from the list belong to the protocol frame.
 */
import { codeOfCodeword, DOUBLE_CODE, type PolarCode } from './code.ts';

/** One reading of a codeword. */
export interface Candidate {
  /** The frame's bits. */
  readonly bits: Uint8Array;
  /** Path metric: the ratios of the coded bits that it contradicts, added up, in nats; smaller is better. */
  readonly metric: number;
}

/** How a codeword is decoded. */
export interface DecodeOptions {
  /** The first bits of the frame where they are expected; a reading then begins with them, and needs less to be found. */
  readonly known?: Uint8Array;
  /** Paths kept; more finds more at a linear price. Default 16. */
  readonly listSize?: number;
  /** Readings with a larger metric are given up as soon as that is sure. Default: none is. */
  readonly maxMetric?: number;
}

/**
 * Decodes the log-likelihood ratios of a codeword (positive: bit 1; zero: nothing known; parts that were sent twice added up).
 * @param llr [256 or 512] in the order of sending
 * @returns up to `listSize` readings, best first. Throws RangeError
 */
export function decodeCodeword(llr: Float32Array, options: DecodeOptions = {}): Candidate[] {
  const { bits, short, long, order } = codeOfCodeword(llr);
  const half = short.length;
  const natural = new Float32Array(long.length);
  let later = false;
  for (let i = 0; i < half; i++) {
    // The trellis counts bit 0 as positive.
    natural[half + order[i]] = Number.isFinite(llr[i]) ? -llr[i] : 0;
    natural[order[i]] = Number.isFinite(llr[half + i]) ? -llr[half + i] : 0;
    if (llr[half + i] !== 0) later = true;
  }
  return later ? decodePolar(long, natural, bits, options) : decodePolar(short, natural.subarray(half), bits, options);
}

/** A path: ratios and partial sums of every node size n on the way down, in [n, 2n). The ratios of the codeword are common to all. */
interface Path {
  readonly llr: Float32Array;
  readonly sums: Uint8Array;
  readonly bits: Uint8Array;
  metric: number;
}

/** Paths that are not in use, large enough for every code: a detector decodes some dozens of codewords a second. */
const spare: Path[] = [];
const takePath = (): Path =>
  spare.pop() ?? {
    llr: new Float32Array(DOUBLE_CODE.long.length),
    sums: new Uint8Array(DOUBLE_CODE.long.length),
    bits: new Uint8Array(DOUBLE_CODE.bits),
    metric: 0,
  };

function copyPath(from: Path, to: Path): void {
  to.llr.set(from.llr);
  to.sums.set(from.sums);
  to.bits.set(from.bits);
  to.metric = from.metric;
}

function decodePolar(code: PolarCode, channel: Float32Array, frameBits: number, options: DecodeOptions): Candidate[] {
  const { length, holds, zeros } = code;
  const { known = NOTHING, listSize = 16, maxMetric = Infinity } = options;
  const first = takePath();
  first.bits.set(known);
  first.metric = 0;
  let paths: Path[] = [first];
  const decided = new Uint8Array(frameBits).fill(1, 0, known.length);
  for (let phase = 0, n = 1; phase < length && paths.length > 0; phase += n) {
    // All positions of a run are zeros, and so are the sums of its node: what contradicts them is counted at once.
    n = zeros[phase];
    for (const p of paths) descend(p, channel, phase, n);
    const bit = holds[phase];
    if (bit >= 0 && !decided[bit]) {
      decided[bit] = 1;
      paths = fork(paths, listSize, bit);
    } else for (const p of paths) p.metric += bit < 0 ? contradicted(p.llr, n) : Math.max(0, p.bits[bit] ? p.llr[1] : -p.llr[1]);
    paths = keep(paths, maxMetric);
    for (const p of paths) ascend(p, phase, n, bit < 0 ? 0 : p.bits[bit], length);
  }
  const read = paths.sort((a, b) => a.metric - b.metric).map(({ bits, metric }) => ({ bits: bits.slice(0, frameBits), metric }));
  spare.push(...paths);
  return read;
}
const NOTHING = new Uint8Array(0);

/** Gives up the paths that have paid too much. */
function keep(paths: Path[], maxMetric: number): Path[] {
  if (paths.every(({ metric }) => metric <= maxMetric)) return paths;
  const kept: Path[] = [];
  for (const path of paths) (path.metric <= maxMetric ? kept : spare).push(path);
  return kept;
}

/** What n zeros contradict of the ratios of a node. */
function contradicted(llr: Float32Array, n: number): number {
  let sum = 0;
  for (let i = n; i < 2 * n; i++) if (llr[i] < 0) sum -= llr[i];
  return sum;
}

/** Computes the ratios of the node of `size` positions from `phase` on from those above it; only what changed is touched. */
function descend({ llr, sums }: Path, channel: Float32Array, phase: number, size: number): void {
  const length = channel.length;
  const changed = phase === 0 ? length / 2 : phase & -phase;
  for (let n = Math.min(changed, length / 2); n >= size; n /= 2) {
    const from = 2 * n === length ? channel : llr;
    const a = 2 * n === length ? 0 : 2 * n;
    const b = a + n;
    // The second visit of a node knows the sums of its first half.
    if (phase & n) for (let i = 0; i < n; i++) llr[n + i] = from[b + i] + (sums[n + i] ? -from[a + i] : from[a + i]);
    else
      for (let i = 0; i < n; i++) {
        const least = Math.min(Math.abs(from[a + i]), Math.abs(from[b + i]));
        llr[n + i] = from[a + i] < 0 !== from[b + i] < 0 ? -least : least;
      }
  }
}

/** Folds the value of the `size` positions from `phase` on into the sums of the nodes above. */
function ascend({ sums }: Path, phase: number, size: number, value: number, length: number): void {
  // Node by node the finished right half joins the left half that waits there; `joined` holds it in natural order.
  joined.fill(value, 0, size);
  let n = size;
  for (; n < length && phase & n; n *= 2)
    for (let i = 0; i < n; i++) {
      const right = joined[i];
      joined[i] = sums[n + i] ^ right;
      joined[n + i] = right;
    }
  if (n < length) for (let i = 0; i < n; i++) sums[n + i] = joined[i];
}
const joined = new Uint8Array(DOUBLE_CODE.long.length);

/** Both values of a bit for every path; the best `listSize` go on. Its ratio says which is the better one, and how much the other one pays. */
function fork(paths: Path[], listSize: number, bit: number): Path[] {
  const limit = 2 * paths.length > listSize ? forkLimit(paths, listSize) : Infinity;
  const next: Path[] = [];
  for (const path of paths) {
    path.bits[bit] = path.llr[1] < 0 ? 1 : 0;
    (path.metric <= limit ? next : spare).push(path);
  }
  const better = next.length;
  for (let i = 0; i < better && next.length < listSize; i++) {
    const path = next[i];
    const metric = path.metric + Math.abs(path.llr[1]);
    if (metric > limit) continue;
    const other = takePath();
    copyPath(path, other);
    other.bits[bit] ^= 1;
    other.metric = metric;
    next.push(other);
  }
  return next;
}

/** The `listSize`-th smallest metric of both values of a bit for every path. */
function forkLimit(paths: readonly Path[], listSize: number): number {
  const least = new Float64Array(listSize).fill(Infinity);
  const insert = (metric: number): void => {
    if (metric >= least[listSize - 1]) return;
    let i = listSize - 1;
    for (; i > 0 && least[i - 1] > metric; i--) least[i] = least[i - 1];
    least[i] = metric;
  };
  for (const { metric, llr } of paths) {
    insert(metric);
    insert(metric + Math.abs(llr[1]));
  }
  return least[listSize - 1];
}
