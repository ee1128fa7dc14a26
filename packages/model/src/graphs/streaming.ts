/**
 * Causal convolutions that remember what the next frame needs. Each state is an input and an output over the same memory, so
 * every output depends on the operator that read the state; calls without a frame in this run (`active` false) keep theirs.
 */
import type { Graph, Value } from '../onnx/graph.ts';
import { BOOL, FLOAT } from '../onnx/types.ts';
import type { MimiWeights } from '../weights/mimi-weights.ts';

/** A state of every call: float32 [N, ...dims]. */
export interface StateInfo {
  readonly name: string;
  readonly dims: readonly number[];
}

interface ConvOptions {
  readonly bias?: boolean;
  /** Calls whose missing past repeats their first column. */
  readonly first?: Value;
}

export class Streaming {
  readonly states: StateInfo[] = [];
  private readonly g: Graph;
  private readonly w: MimiWeights;
  private readonly active: Value;

  constructor(g: Graph, w: MimiWeights) {
    this.g = g;
    this.w = w;
    this.active = g.input('active', BOOL, ['N', 1, 1]);
  }

  /** A state of which a run replaces a few parts, in place: `values` at `indices`. Returns all of it. */
  update(dims: readonly number[], indices: Value, values: Value): Value {
    const state = this.state(dims);
    return this.g.op('ScatterND', [state, indices, values], {}, `new_${state}`);
  }

  private state(dims: readonly number[]): Value {
    const name = `state_${this.states.length}`;
    this.states.push({ name, dims });
    this.g.output(`new_${name}`, FLOAT, ['N', ...dims]);
    return this.g.input(name, FLOAT, ['N', ...dims]);
  }

  private keep(state: Value, next: Value): void {
    this.g.op('Where', [this.active, next, state], {}, `new_${state}`);
  }

  /** x: [N, channels, length], a multiple of the stride. */
  conv(x: Value, name: string, channels: number, kernel: number, stride = 1, { bias = true, first }: ConvOptions = {}): Value {
    const { g } = this;
    const past = kernel - stride;
    let input = x;
    if (past > 0) {
      const state = this.state([channels, past]);
      const before = first ? g.op('Where', [first, g.slice(x, 0, 1, 2), state]) : state;
      input = g.op('Concat', [before, x], { axis: 2 });
      this.keep(state, g.slice(input, -past, Number.MAX_SAFE_INTEGER, 2));
    }
    const weights = [g.weight(this.w.tensor(`${name}.weight`)), ...(bias ? [g.weight(this.w.tensor(`${name}.bias`))] : [])];
    return g.op('Conv', [input, ...weights], { kernel_shape: [kernel], strides: [stride] });
  }

  /** x: [N, channels, length] to [N, outputs, length · stride]; the kernel is twice the stride. */
  convTranspose(x: Value, name: string, outputs: number, length: number, stride: number, group = 1): Value {
    const { g } = this;
    const whole = g.op('ConvTranspose', [x, g.weight(this.w.tensor(`${name}.weight`))], {
      kernel_shape: [2 * stride],
      strides: [stride],
      group,
    });
    const state = this.state([outputs, stride]);
    const sum = g.op('Add', [whole, g.op('Pad', [state, g.integers([0, 0, 0, 0, 0, length * stride])])]);
    this.keep(state, g.slice(sum, length * stride, Number.MAX_SAFE_INTEGER, 2));
    const out = g.slice(sum, 0, length * stride, 2);
    return group > 1 ? out : g.op('Add', [out, g.weight(this.w.tensor(`${name}.bias`, [outputs, 1]))]);
  }

  elu(x: Value): Value {
    return this.g.op('Elu', [x]);
  }

  /** A residual block: half the channels over three samples, then all of them again. */
  residual(x: Value, name: string, channels: number): Value {
    const half = this.conv(this.elu(x), `${name}.block.1.conv.conv`, channels, 3);
    return this.g.op('Add', [x, this.conv(this.elu(half), `${name}.block.3.conv.conv`, channels / 2, 1)]);
  }
}
