/** Reading a C2PA manifest store (JUMBF, ISO 19566-5) as far as a resolver must: which manifests it holds, and which is active. */
import { ServerError } from '../errors.ts';

/** Longest manifest store that is taken, bytes. */
export const MAX_MANIFEST_BYTES: number = 4 * 1024 * 1024;
const HEADER_BYTES = 8;
/** UUIDs of the superboxes "c2pa" (the store), "c2ma" and "c2um" (a manifest, an update manifest). */
const UUID_TAIL = '00110010800000aa00389b71';
const LABELLED = 0x02;

interface Superbox {
  /** The four letters that its UUID begins with. */
  readonly kind: string;
  readonly label: string;
  readonly bytes: Uint8Array;
  readonly children: readonly Uint8Array[];
}

function fail(what: string): never {
  throw new ServerError('manifest-malformed', what);
}

const ascii = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** The boxes that fill these bytes. */
function boxes(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + HEADER_BYTES > bytes.length) fail('box header');
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    // Lengths of 64 bits and open ends are not needed below the limit of size.
    if (length < HEADER_BYTES || length > bytes.length - at) fail('box length');
    found.push(bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}

function superbox(bytes: Uint8Array): Superbox {
  if (ascii(bytes.subarray(4, 8)) !== 'jumb') fail('not a superbox');
  const [description, ...children] = boxes(bytes.subarray(HEADER_BYTES));
  if (description === undefined || ascii(description.subarray(4, 8)) !== 'jumd' || description.length < 26) fail('description');
  const uuid = description.subarray(8, 24);
  if (Buffer.from(uuid.subarray(4)).toString('hex') !== UUID_TAIL) fail('kind of superbox');
  const end = description.indexOf(0, 25);
  const label = (description[24] & LABELLED) !== 0 && end > 0 ? ascii(description.subarray(25, end)) : fail('label');
  return { kind: ascii(uuid.subarray(0, 4)), label, bytes, children };
}

/** The active manifest of a store: its identifier, and a store with it alone. Throws `manifest-malformed`. */
export function activeManifest(store: Uint8Array): { readonly manifestId: string; readonly alone: Uint8Array } {
  if (store.length > MAX_MANIFEST_BYTES) fail('too large');
  const [box, ...rest] = boxes(store);
  if (box === undefined || rest.length > 0) fail('not one store');
  const { kind, label, children } = superbox(box);
  if (kind !== 'c2pa' || label !== 'c2pa' || children.length === 0) fail('not a manifest store');
  // The last one is the active one.
  const active = superbox(children[children.length - 1]);
  if ((active.kind !== 'c2ma' && active.kind !== 'c2um') || !/^[\x21-\x7e]{1,256}$/.test(active.label)) fail('manifest');
  const head = box.subarray(0, box.length - children.reduce((sum, child) => sum + child.length, 0));
  const alone = new Uint8Array(head.length + active.bytes.length);
  alone.set(head);
  alone.set(active.bytes, head.length);
  new DataView(alone.buffer).setUint32(0, alone.length);
  return { manifestId: active.label, alone };
}
