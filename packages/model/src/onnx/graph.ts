/** Builds one ONNX graph. Weights are named and typed here and handed to ONNX Runtime by pointer, never copied into the model. */
import { bytesField, concat, type Encoded, floatField, integerField } from './protobuf.ts';
import {
  BFLOAT16,
  byteLength,
  CONTRIB_DOMAIN,
  CONTRIB_OPSET,
  type ElementType,
  FLOAT,
  INT64,
  IR_VERSION,
  OPSET,
} from './types.ts';

/** The name of a value in the graph. */
export type Value = string;
/** A size, or the name of one that is known at run time. */
export type Dim = number | string;
/** An integer, a list of integers, or `{ float }`. */
export type Attribute = number | readonly number[] | { readonly float: number };

export interface TensorInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dim[];
}

/** A weight as the graph uses it. */
export interface GraphWeight {
  readonly key: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
}

const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;
const EXTERNAL = 1;
/** ONNX Runtime insists that the file of an external weight exists, also when the weight is handed over; see `Runtime.session`. */
export const EXTERNAL_LOCATION = 'package.json';

function encodeAttribute(name: string, value: Attribute): Encoded {
  if (typeof value === 'number') return concat([bytesField(1, name), integerField(3, value), integerField(20, ATTRIBUTE_INT)]);
  if ('float' in value) return concat([bytesField(1, name), floatField(2, value.float), integerField(20, ATTRIBUTE_FLOAT)]);
  return concat([bytesField(1, name), ...value.map((v) => integerField(8, v)), integerField(20, ATTRIBUTE_INTS)]);
}

function encodeInfo({ name, type, dims }: TensorInfo): Encoded {
  const shape = dims.map((d) => bytesField(1, typeof d === 'number' ? integerField(1, d) : bytesField(2, d)));
  return concat([
    bytesField(1, name),
    bytesField(2, bytesField(1, concat([integerField(1, type), bytesField(2, concat(shape))]))),
  ]);
}

export class Graph {
  readonly inputs: TensorInfo[] = [];
  readonly outputs: TensorInfo[] = [];
  readonly weights: Map<string, GraphWeight> = new Map();
  /** Type of the weights and activations: float on the CPU, bfloat16 on CUDA. */
  readonly compute: ElementType;
  private readonly nodes: Encoded[] = [];
  private readonly initializers: Encoded[] = [];
  private readonly constants = new Set<string>();
  private count = 0;

  constructor(compute: ElementType) {
    this.compute = compute;
  }

  input(name: string, type: ElementType, dims: readonly Dim[]): Value {
    this.inputs.push({ name, type, dims });
    return name;
  }

  /** Declares a graph output; an operator must produce a value of this name. */
  output(name: string, type: ElementType, dims: readonly Dim[]): Value {
    this.outputs.push({ name, type, dims });
    return name;
  }

  /** Adds an operator and returns its outputs; `outputs` gives a number of them, or their names ('' for one left out). */
  ops(
    type: string,
    inputs: readonly Value[],
    attributes: Record<string, Attribute>,
    outputs: number | readonly string[],
    domain = '',
  ): Value[] {
    const names = typeof outputs === 'number' ? Array.from({ length: outputs }, () => this.fresh(type)) : [...outputs];
    this.nodes.push(
      concat([
        ...inputs.map((name) => bytesField(1, name)),
        ...names.map((name) => bytesField(2, name)),
        bytesField(3, this.fresh('node')),
        bytesField(4, type),
        ...Object.entries(attributes).map(([name, value]) => bytesField(5, encodeAttribute(name, value))),
        ...(domain ? [bytesField(7, domain)] : []),
      ]),
    );
    return names;
  }

  op(type: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}, name?: string): Value {
    return this.ops(type, inputs, attributes, name === undefined ? 1 : [name])[0];
  }

  contrib(type: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}): Value {
    return this.ops(type, inputs, attributes, 1, CONTRIB_DOMAIN)[0];
  }

  /** A weight that the runtime hands over by pointer. */
  weight(weight: GraphWeight): Value {
    const { key, type, dims } = weight;
    if (!this.weights.has(key)) {
      this.weights.set(key, weight);
      const external = [
        ['location', EXTERNAL_LOCATION],
        ['offset', '0'],
        ['length', String(byteLength(type, dims))],
      ];
      this.initializers.push(
        concat([
          ...dims.map((d) => integerField(1, d)),
          integerField(2, type),
          bytesField(8, key),
          ...external.map(([name, value]) => bytesField(13, concat([bytesField(1, name), bytesField(2, value)]))),
          integerField(14, EXTERNAL),
        ]),
      );
    }
    return key;
  }

  /** Integer constants; equal ones are shared. */
  integers(values: readonly number[], dims: readonly number[] = [values.length]): Value {
    const name = `int_${dims.join('x')}_${values.join('_')}`;
    return this.constant(name, INT64, dims, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  floats(values: ArrayLike<number>, dims: readonly number[] = [values.length]): Value {
    return this.constant(this.fresh('float'), FLOAT, dims, new Uint8Array(Float32Array.from(values).buffer));
  }

  private constant(name: string, type: ElementType, dims: readonly number[], bytes: Uint8Array): Value {
    if (!this.constants.has(name)) {
      this.constants.add(name);
      this.initializers.push(
        concat([...dims.map((d) => integerField(1, d)), integerField(2, type), bytesField(8, name), bytesField(9, bytes)]),
      );
    }
    return name;
  }

  // The operators that every part uses.

  /** x·Wᵀ, as torch stores a linear layer. */
  linear(x: Value, weight: Value): Value {
    return this.op('Gemm', [x, weight], { transB: 1 });
  }

  reshape(x: Value, dims: readonly number[]): Value {
    return this.op('Reshape', [x, this.integers(dims)]);
  }

  split(x: Value, parts: number, axis: number): Value[] {
    return this.ops('Split', [x], { axis, num_outputs: parts }, parts);
  }

  /** Elements from `start` up to `end` along one axis. */
  slice(x: Value, start: number, end: number, axis: number): Value {
    return this.op('Slice', [x, this.integers([start]), this.integers([end]), this.integers([axis])]);
  }

  /** From float32 to the compute type. */
  toCompute(x: Value): Value {
    return this.compute === BFLOAT16 ? this.op('Cast', [x], { to: BFLOAT16 }) : x;
  }

  /** From the compute type to float32. */
  toFloat(x: Value): Value {
    return this.compute === BFLOAT16 ? this.op('Cast', [x], { to: FLOAT }) : x;
  }

  /** The ModelProto. */
  encode(): Uint8Array {
    const graph = concat([
      ...this.nodes.map((n) => bytesField(1, n)),
      bytesField(2, 'graph'),
      ...this.initializers.map((n) => bytesField(5, n)),
      ...this.inputs.map((n) => bytesField(11, encodeInfo(n))),
      ...this.outputs.map((n) => bytesField(12, encodeInfo(n))),
    ]);
    return concat([
      integerField(1, IR_VERSION),
      bytesField(2, 'undertone'),
      bytesField(7, graph),
      bytesField(8, integerField(2, OPSET)),
      bytesField(8, concat([bytesField(1, CONTRIB_DOMAIN), integerField(2, CONTRIB_OPSET)])),
    ]);
  }

  private fresh(prefix: string): string {
    return `${prefix}_${this.count++}`;
  }
}
