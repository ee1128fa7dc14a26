/**
 * The decoder of the code: successive cancellation with a list (Arıkan 2009; Tal and Vardy 2015). The check bits that choose
 * from the list belong to the protocol frame.
 */
import { LONG_CODE, ORDER, type PolarCode, SHORT_CODE } from './code.ts';
import { CODEWORD_BITS, FRAME_BITS } from './profile.ts';

/** One reading of a codeword. */
export interface Candidate {
  /** The 72 bits. */
  readonly bits: Uint8Array;
  /** Path metric: how much worse than free choice the path is, in nats; smaller is better. */
  readonly metric: number;
}

/**
 * Decodes the log-likelihood ratios of a codeword (positive: bit 1; zero: nothing known; parts that were sent twice added up).
 * @param llr [CODEWORD_BITS] in the order of sending
 * @param known the first bits of the frame where they are expected; a reading then begins with them, and needs less to be found
 * @param listSize paths kept; more finds more at a linear price
 * @returns up to `listSize` readings, best first
 */
export function decodeCodeword(llr: Float32Array, known: Uint8Array = new Uint8Array(0), listSize = 16): Candidate[] {
  if (llr.length !== CODEWORD_BITS) throw new RangeError(`a codeword has ${CODEWORD_BITS} bits, not ${llr.length}`);
  const half = CODEWORD_BITS / 2;
  const natural = new Float32Array(CODEWORD_BITS);
  let later = false;
  for (let i = 0; i < half; i++) {
    // The trellis counts bit 0 as positive.
    natural[half + ORDER[i]] = Number.isFinite(llr[i]) ? -llr[i] : 0;
    natural[ORDER[i]] = Number.isFinite(llr[half + i]) ? -llr[half + i] : 0;
    if (llr[half + i] !== 0) later = true;
  }
  return later
    ? decodePolar(LONG_CODE, natural, known, listSize)
    : decodePolar(SHORT_CODE, natural.subarray(half), known, listSize);
}

/** A path: ratios and partial sums of every stage, those of stage l in [n >> l, 2 (n >> l)). */
interface Path {
  llr: Float32Array;
  sums: Uint8Array;
  bits: Uint8Array;
  metric: number;
}

function copyPath(from: Path, to: Path): void {
  to.llr.set(from.llr);
  to.sums.set(from.sums);
  to.bits.set(from.bits);
  to.metric = from.metric;
}

function decodePolar({ length, holds }: PolarCode, channel: Float32Array, known: Uint8Array, listSize: number): Candidate[] {
  const levels = Math.log2(length);
  const fresh = (): Path => ({
    llr: new Float32Array(2 * length),
    sums: new Uint8Array(2 * length),
    bits: new Uint8Array(FRAME_BITS),
    metric: 0,
  });
  const first = fresh();
  first.llr.set(channel, length);
  first.bits.set(known);
  let paths: Path[] = [first];
  const spare: Path[] = [];
  const decided = new Uint8Array(FRAME_BITS).fill(1, 0, known.length);
  for (let phase = 0; phase < length; phase++) {
    for (const p of paths) descend(p, phase, length, levels);
    const bit = holds[phase];
    if (bit >= 0 && !decided[bit]) {
      decided[bit] = 1;
      paths = fork(paths, listSize, bit, spare, fresh);
    } else
      for (const p of paths) {
        const l = p.llr[1];
        const value = bit < 0 ? 0 : p.bits[bit];
        if (value ? l > 0 : l < 0) p.metric += Math.abs(l);
      }
    for (const p of paths) ascend(p, phase, bit < 0 ? 0 : p.bits[bit], levels);
  }
  return paths.sort((a, b) => a.metric - b.metric).map(({ bits, metric }) => ({ bits, metric }));
}

/** Computes the ratio of position `phase` (at llr[1]) from the stages above it; only stages whose half changed are touched. */
function descend({ llr, sums }: Path, phase: number, length: number, levels: number): void {
  const from = phase === 0 ? 1 : levels - Math.min(levels - 1, 31 - Math.clz32(phase & -phase));
  for (let level = from; level <= levels; level++) {
    const n = length >> level;
    const above = 2 * n;
    // The second visit of a stage knows the sums of its first half.
    if ((phase >> (levels - level)) & 1)
      for (let i = 0; i < n; i++) {
        const a = llr[above + i];
        llr[n + i] = llr[above + n + i] + (sums[n + i] ? -a : a);
      }
    else
      for (let i = 0; i < n; i++) {
        const a = llr[above + i];
        const b = llr[above + n + i];
        const least = Math.min(Math.abs(a), Math.abs(b));
        llr[n + i] = a < 0 !== b < 0 ? -least : least;
      }
  }
}

/** Folds the value of position `phase` into the sums of the stages above. */
function ascend({ sums }: Path, phase: number, value: number, levels: number): void {
  if (!(phase & 1)) {
    sums[1] = value;
    return;
  }
  // Stage by stage the finished right half joins the left half that waits there; `joined` holds it in natural order.
  const joined = scratch;
  joined[0] = value;
  let n = 1;
  for (let level = 0; level < levels && (phase >> level) & 1; level++, n *= 2)
    for (let i = n - 1; i >= 0; i--) {
      const right = joined[i];
      joined[i] = sums[n + i] ^ right;
      joined[n + i] = right;
    }
  if (n < 1 << levels) for (let i = 0; i < n; i++) sums[n + i] = joined[i];
}
const scratch = new Uint8Array(CODEWORD_BITS);

/** Both values of a bit for every path; the best `listSize` go on. */
function fork(paths: Path[], listSize: number, bit: number, spare: Path[], fresh: () => Path): Path[] {
  const cost = (p: Path, value: number): number => p.metric + (value ? Math.max(0, p.llr[1]) : Math.max(0, -p.llr[1]));
  const choices = paths.flatMap((path) => [0, 1].map((value) => ({ path, value, metric: cost(path, value) })));
  choices.sort((a, b) => a.metric - b.metric).splice(listSize);
  const kept = new Map<Path, number>();
  for (const { path } of choices) kept.set(path, (kept.get(path) ?? 0) + 1);
  for (const path of paths) if (!kept.has(path)) spare.push(path);
  return choices.map(({ path, value, metric }) => {
    let next = path;
    // The last choice of a path takes it over; the others copy it.
    const uses = kept.get(path)!;
    if (uses > 1) {
      kept.set(path, uses - 1);
      next = spare.pop() ?? fresh();
      copyPath(path, next);
    }
    next.bits[bit] = value;
    next.metric = metric;
    return next;
  });
}
