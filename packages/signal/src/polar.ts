/**
 * The error-correcting code: a polar code of length 256 with 72 information bits, decoded by successive cancellation with a
 * list (Arıkan 2009; Tal and Vardy 2015). The check bits that choose from the list belong to the protocol frame.
 * Positions are ordered by the polarisation weights of He et al. 2017 (β = 2^¼), so a table need not be shipped.
 */
import { CODED_BITS, FRAME_BITS, SLOTS_PER_GROUP } from './profile.ts';
import { permutation, splitMix32 } from './random.ts';

const N = CODED_BITS;
const LEVELS = Math.log2(N);

const weight = (i: number): number => {
  let w = 0;
  for (let j = 0; j < LEVELS; j++) if ((i >> j) & 1) w += 2 ** (j / 4);
  return w;
};
/** The information positions, rising. */
const INFORMATION: Uint16Array = Uint16Array.from(
  Array.from({ length: N }, (_, i) => i)
    .sort((a, b) => weight(b) - weight(a) || b - a)
    .slice(0, FRAME_BITS)
    .sort((a, b) => a - b),
);
const FROZEN = new Uint8Array(N).fill(1);
for (const i of INFORMATION) FROZEN[i] = 0;
/** Coded bit j of a group is bit INTERLEAVE[j] of the codeword, so that every slot of the group holds a fair share of it. */
const INTERLEAVE = permutation(N, splitMix32(0x706f6c72));

/** Encodes 72 bits (0 or 1) into the 256 coded bits of a group, in the order they are sent: 64 in each of four slots. */
export function encodeGroup(bits: Uint8Array): Uint8Array {
  if (bits.length !== FRAME_BITS) throw new RangeError(`a protocol frame has ${FRAME_BITS} bits, not ${bits.length}`);
  const u = new Uint8Array(N);
  INFORMATION.forEach((position, i) => {
    u[position] = bits[i];
  });
  for (let half = 1; half < N; half *= 2)
    for (let i = 0; i < N; i += 2 * half) for (let j = i; j < i + half; j++) u[j] ^= u[j + half];
  return INTERLEAVE.reduce((out, from, j) => {
    out[j] = u[from];
    return out;
  }, new Uint8Array(N));
}

/** One reading of a group. */
export interface Candidate {
  /** The 72 bits. */
  readonly bits: Uint8Array;
  /** Path metric: how much worse than free choice the path is, in nats; smaller is better. */
  readonly metric: number;
}

interface Path {
  /** Log-likelihood ratios and partial sums of every stage; level l has N / 2^l values. Shared until written (copy on fork). */
  llr: Float32Array[];
  sums: Uint8Array[];
  decided: Uint8Array;
  metric: number;
}

const f = (a: number, b: number): number => Math.sign(a) * Math.sign(b) * Math.min(Math.abs(a), Math.abs(b));

/**
 * Decodes the 256 log-likelihood ratios of a group (positive: bit 1; zero: nothing known) in the order they were sent.
 * @param listSize paths kept, a power of two; more finds more at a linear price
 * @returns up to `listSize` readings, best first
 */
export function decodeGroup(llr: Float32Array, listSize = 16): Candidate[] {
  if (llr.length !== N) throw new RangeError(`a group has ${N} coded bits, not ${llr.length}`);
  const first = new Float32Array(N);
  for (let j = 0; j < N; j++) first[INTERLEAVE[j]] = Number.isFinite(llr[j]) ? -llr[j] : 0;
  let paths: Path[] = [
    {
      llr: [first, ...Array.from({ length: LEVELS }, (_, l) => new Float32Array(N >> (l + 1)))],
      sums: Array.from({ length: LEVELS + 1 }, (_, l) => new Uint8Array(N >> l)),
      decided: new Uint8Array(FRAME_BITS),
      metric: 0,
    },
  ];
  let read = 0;
  for (let phase = 0; phase < N; phase++) {
    for (const p of paths) descend(p, phase);
    if (FROZEN[phase]) {
      for (const p of paths) {
        const l = p.llr[LEVELS][0];
        if (l < 0) p.metric -= l;
        ascend(p, phase, 0);
      }
      continue;
    }
    paths = fork(paths, listSize, phase, read++);
  }
  return paths.sort((a, b) => a.metric - b.metric).map(({ decided, metric }) => ({ bits: decided, metric }));
}

/** Computes the ratio of bit `phase` from the stages above it; only stages whose index changed are touched. */
function descend(p: Path, phase: number): void {
  const from = phase === 0 ? 1 : LEVELS - Math.min(LEVELS - 1, trailingZeros(phase));
  for (let level = from; level <= LEVELS; level++) {
    const n = N >> level;
    const above = p.llr[level - 1];
    const out = new Float32Array(n);
    // The second visit of a stage knows the sums of its first half.
    if ((phase >> (LEVELS - level)) & 1) {
      const left = p.sums[level];
      for (let i = 0; i < n; i++) out[i] = above[i + n] + (left[i] ? -above[i] : above[i]);
    } else for (let i = 0; i < n; i++) out[i] = f(above[i], above[i + n]);
    p.llr[level] = out;
  }
}

/** Records bit `phase` and folds finished halves into the sums of the stages above. */
function ascend(p: Path, phase: number, bit: number): void {
  let current: Uint8Array = Uint8Array.of(bit);
  let level = LEVELS;
  while (level > 0 && (phase >> (LEVELS - level)) & 1) {
    const left = p.sums[level];
    const n = current.length;
    const joined = new Uint8Array(2 * n);
    for (let i = 0; i < n; i++) {
      joined[i] = left[i] ^ current[i];
      joined[i + n] = current[i];
    }
    current = joined;
    level--;
  }
  p.sums[level] = current;
}

function fork(paths: Path[], listSize: number, phase: number, index: number): Path[] {
  const choices = paths.flatMap((path) =>
    [0, 1].map((bit) => {
      const l = path.llr[LEVELS][0];
      return { path, bit, metric: path.metric + (bit === 0 ? Math.max(0, -l) : Math.max(0, l)) };
    }),
  );
  choices.sort((a, b) => a.metric - b.metric);
  return choices.slice(0, listSize).map(({ path, bit, metric }) => {
    const p: Path = { llr: path.llr.slice(), sums: path.sums.slice(), decided: path.decided.slice(), metric };
    p.decided[index] = bit;
    ascend(p, phase, bit);
    return p;
  });
}

const trailingZeros = (x: number): number => 31 - Math.clz32(x & -x);

/** Bits of one slot within its group: [from, to). */
export function slotRange(slotInGroup: number): [number, number] {
  const n = CODED_BITS / SLOTS_PER_GROUP;
  return [slotInGroup * n, (slotInGroup + 1) * n];
}
