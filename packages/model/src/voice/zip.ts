/** Reads the uncompressed entries of a zip file, as torch writes it. */
import { ModelError } from '../errors.ts';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const COMMENT_LIMIT = 65535;
const ENTRY_LIMIT = 1000;

/** @throws ModelError `voice-malformed` */
export function readZip(file: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const fail = (why: string): never => {
    throw new ModelError('voice-malformed', `not a torch file: ${why}`);
  };
  const within = (offset: number, length: number): void => {
    if (offset + length > file.length) fail('it is truncated');
  };
  let end = file.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END_OF_DIRECTORY) {
    if (--end < file.length - 22 - COMMENT_LIMIT) break;
  }
  if (end < 0 || view.getUint32(end, true) !== END_OF_DIRECTORY) fail('it has no zip directory');
  const count = view.getUint16(end + 10, true);
  if (count > ENTRY_LIMIT) fail(`it has ${count} entries`);
  const entries = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    within(at, 46);
    if (view.getUint32(at, true) !== DIRECTORY_ENTRY) fail('its zip directory is broken');
    if (view.getUint16(at + 10, true) !== 0) fail('an entry is compressed');
    const size = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    within(at + 46, nameLength);
    const name = new TextDecoder().decode(file.subarray(at + 46, at + 46 + nameLength));
    within(local, 30);
    if (view.getUint32(local, true) !== LOCAL_HEADER) fail('an entry has no header');
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    within(start, size);
    entries.set(name, file.subarray(start, start + size));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}
