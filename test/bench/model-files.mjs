// Files with the official names and shapes and random content, for timing a full-size model: fast to write, not good for parity.
import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MOSHI_7B } from '../../packages/model/dist/config.js';
import { floatToBf16 } from '../../packages/model/dist/weights/bfloat16.js';
import { lmShapes } from '../../packages/model/dist/weights/lm-weights.js';
import { mimiShapes } from '../../packages/model/dist/weights/mimi-weights.js';
import { RandomWeights, uniform } from '../../packages/model/dist/weights/random.js';

const count = (shape) => shape.reduce((a, b) => a * b, 1);

function write(path, tensors, bytesPer, dtype, content) {
  const header = {};
  let offset = 0;
  for (const [name, shape] of tensors) {
    const end = offset + count(shape) * bytesPer;
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const fd = openSync(path, 'w');
  writeSync(fd, length);
  writeSync(fd, json);
  for (const [name, shape] of tensors) content(fd, name, shape);
  closeSync(fd);
}

/** Writes a 7B model (15.4 GB) and its codec into a folder, unless they are there. */
export function makeModelFiles(folder) {
  mkdirSync(folder, { recursive: true });
  const lm = join(folder, 'model.safetensors');
  if (existsSync(lm)) return;
  // One block of random weights, entered at another place for every tensor.
  const noise = Float32Array.from(uniform('block', 1 << 24), (u) => 0.035 * u);
  const block = Buffer.from(floatToBf16(noise).buffer);
  const ones = Buffer.from(floatToBf16(new Float32Array(MOSHI_7B.lm.dim).fill(1)).buffer);
  let at = 0;
  write(lm, lmShapes(MOSHI_7B.lm), 2, 'BF16', (fd, name, shape) => {
    const bytes = count(shape) * 2;
    if (name.endsWith('alpha')) return writeSync(fd, ones, 0, bytes);
    for (let done = 0; done < bytes; ) {
      at = ((at + 77_000_002) % block.length) & ~1;
      done += writeSync(fd, block, at, Math.min(bytes - done, block.length - at));
    }
  });
  const shapes = mimiShapes(MOSHI_7B.mimi);
  const mimi = new RandomWeights(shapes, 'F32');
  write(join(folder, 'tokenizer-random.safetensors'), shapes, 4, 'F32', (fd, name, shape) => {
    const bytes = new Uint8Array(count(shape) * 4);
    mimi.read(name, 0, bytes);
    writeSync(fd, bytes);
  });
}
