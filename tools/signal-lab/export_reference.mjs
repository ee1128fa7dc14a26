// The demodulator's network as protocol/ publishes it (annex A of page 02), from the weights that ship: run it whenever they change.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../../scripts/command-line.mjs';

const PROTOCOL = new URL('../../protocol/', import.meta.url);
const PATH = 'reference/demodulator.bin';
commandLine(
  `node tools/signal-lab/export_reference.mjs      (after npm run build)
Writes protocol/${PATH} and protocol/registry/reference-network.json.`,
  {},
);

const from = (path) => import(new URL(`../../packages/signal/dist/${path}`, import.meta.url));
const { SHAPES } = await from('demodulator.js');
const { SOFT_BIT_SCALE } = await from('profile.js');
const { default: weights } = await from('weights/demodulator.js');

const bytes = Buffer.from(weights, 'base64');
const sha256 = createHash('sha256').update(bytes).digest('hex');
mkdirSync(new URL('reference/', PROTOCOL), { recursive: true });
writeFileSync(new URL(PATH, PROTOCOL), bytes);
writeFileSync(
  new URL('registry/reference-network.json', PROTOCOL),
  `{
  "registry": "reference-network",
  "profile": 1,
  "page": "02-signal",
  "path": "${PATH}",
  "bytes": ${bytes.length},
  "sha256": "${sha256}",
  "layers": [${SHAPES.map((shape) => `[${shape.join(', ')}]`).join(', ')}],
  "scale": ${SOFT_BIT_SCALE}
}
`,
);
console.log(`${fileURLToPath(new URL(PATH, PROTOCOL))}: ${bytes.length} bytes, SHA-256 ${sha256}`);
