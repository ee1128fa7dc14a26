/**
 * Reads the pickles that torch.save writes for a dictionary of tensors, and nothing else. A pickle is a program; this is not its
 * machine: it knows the few opcodes that build plain values, two names that it treats as data, and refuses everything else.
 */
import { ModelError } from '../errors.ts';

/** A tensor as it stands in the pickle: where its numbers are and what shape they have. */
export interface PickledTensor {
  readonly storageType: string;
  readonly storageKey: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

interface Global {
  readonly global: string;
}
interface Storage {
  readonly storage: readonly [type: string, key: string];
}
type Plain = string | number | boolean | null | Global | Storage | PickledTensor | Map<Plain, Plain> | readonly Plain[];

const MARK = Symbol('mark');
const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';
const ORDERED_DICT = 'collections.OrderedDict';
const STORAGES = ['FloatStorage', 'BFloat16Storage', 'LongStorage'].map((name) => `torch.${name}`);
const SIZE_LIMIT = 1 << 20;
const STEP_LIMIT = 10000;

/** @throws ModelError `voice-malformed` */
export function readPickle(bytes: Uint8Array): Map<unknown, unknown> {
  if (bytes.length > SIZE_LIMIT) throw malformed(`its description takes ${bytes.length} bytes`);
  const result = new Reader(bytes).run();
  if (!(result instanceof Map)) throw malformed('it holds no dictionary');
  return result;
}

function malformed(why: string): ModelError {
  return new ModelError('voice-malformed', `not a voice prompt: ${why}`);
}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly stack: (Plain | typeof MARK)[] = [];
  private readonly memo = new Map<number, Plain>();
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Plain {
    for (let step = 0; step < STEP_LIMIT; step++) {
      const opcode = this.bytes[this.take(1)];
      if (opcode === 0x2e) return this.pop();
      this.execute(opcode);
    }
    throw malformed('its description does not end');
  }

  private execute(opcode: number): void {
    const { stack } = this;
    switch (String.fromCharCode(opcode)) {
      case '\x80':
        this.take(1);
        break;
      case '}':
        stack.push(new Map());
        break;
      case ')':
        stack.push([]);
        break;
      case '(':
        stack.push(MARK);
        break;
      case 'N':
        stack.push(null);
        break;
      case '\x88':
      case '\x89':
        stack.push(opcode === 0x88);
        break;
      case 'K':
        stack.push(this.view.getUint8(this.take(1)));
        break;
      case 'M':
        stack.push(this.view.getUint16(this.take(2), true));
        break;
      case 'J':
        stack.push(this.view.getInt32(this.take(4), true));
        break;
      case 'X':
        stack.push(this.text(this.view.getUint32(this.take(4), true)));
        break;
      case 'c':
        stack.push(this.global());
        break;
      case 'q':
        this.memo.set(this.view.getUint8(this.take(1)), this.peek());
        break;
      case 'r':
        this.memo.set(this.view.getUint32(this.take(4), true), this.peek());
        break;
      case 'h':
        stack.push(this.recall(this.view.getUint8(this.take(1))));
        break;
      case 'j':
        stack.push(this.recall(this.view.getUint32(this.take(4), true)));
        break;
      case 't':
        stack.push(this.popToMark());
        break;
      case '\x85':
      case '\x86':
      case '\x87': {
        const items = Array.from({ length: opcode - 0x84 }, () => this.pop());
        stack.push(items.reverse());
        break;
      }
      case 'Q':
        stack.push(this.storage(this.pop()));
        break;
      case 'R': {
        const parameters = this.pop();
        stack.push(this.construct(this.pop(), parameters));
        break;
      }
      case 's': {
        const value = this.pop();
        this.set([this.pop(), value]);
        break;
      }
      case 'u':
        this.set(this.popToMark());
        break;
      default:
        throw malformed(`pickle opcode 0x${opcode.toString(16)} is not allowed`);
    }
  }

  private global(): Global {
    const global = `${this.line()}.${this.line()}`;
    if (global !== REBUILD_TENSOR && global !== ORDERED_DICT && !STORAGES.includes(global))
      throw malformed(`it asks for ${global}`);
    return { global };
  }

  /** A persistent id: ('storage', type, key, place, length). */
  private storage(id: Plain): Storage {
    if (!Array.isArray(id) || id[0] !== 'storage' || typeof id[2] !== 'string') throw malformed('it refers to something unknown');
    const type = (id[1] as Global | null)?.global;
    if (type === undefined || !STORAGES.includes(type)) throw malformed('a tensor has no known type');
    return { storage: [type, id[2]] };
  }

  private construct(callable: Plain, parameters: Plain): Plain {
    const name = (callable as Global | null)?.global;
    if (!Array.isArray(parameters)) throw malformed('it constructs something unknown');
    if (name === ORDERED_DICT && parameters.length === 0) return new Map();
    if (name !== REBUILD_TENSOR) throw malformed('it constructs something unknown');
    const [storage, offset, shape, strides] = parameters as readonly Plain[];
    const where = (storage as Storage | null)?.storage;
    const whole = (value: Plain): value is readonly number[] =>
      Array.isArray(value) && value.length <= 8 && value.every((n) => Number.isInteger(n) && (n as number) >= 0);
    if (!where || !whole([offset]) || !whole(shape) || !whole(strides) || shape.length !== strides.length)
      throw malformed('a tensor is not described properly');
    return { storageType: where[0], storageKey: where[1], offset: offset as number, shape, strides };
  }

  private set(items: readonly Plain[]): void {
    const target = this.peek();
    if (!(target instanceof Map) || items.length % 2 !== 0) throw malformed('it sets items of no dictionary');
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  private take(length: number): number {
    const at = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw malformed('its description is truncated');
    return at;
  }

  private text(length: number): string {
    const at = this.take(length);
    return new TextDecoder().decode(this.bytes.subarray(at, at + length));
  }

  private line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw malformed('its description is truncated');
    return this.text(end - this.at) + this.text(1).trim();
  }

  private pop(): Plain {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw malformed('its description takes what is not there');
    return value;
  }

  private peek(): Plain {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  private popToMark(): Plain[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw malformed('its description takes what is not there');
    const items = this.stack.splice(mark) as Plain[];
    return items.slice(1);
  }

  private recall(index: number): Plain {
    const value = this.memo.get(index);
    if (value === undefined) throw malformed('its description recalls what was not kept');
    return value;
  }
}
