/**
 * Tiles and entry bundles (C2SP tlog-tiles): the tree as static files of up to 256 hashes or entries, by path.
 */
import { concat, readUint, u16 } from '../bytes.ts';
import { TokenError } from '../errors.ts';
import { HASH_BYTES, MAX_TREE_SIZE, type MerkleTree, nodeHash, type ReadHash } from './merkle.ts';

/** Hashes in a full tile; 2^8, so a tile spans eight levels of the tree. */
export const TILE_WIDTH: number = 256;
const TILE_HEIGHT = 8;
/** Longest entry: bundles have 16-bit lengths. */
export const MAX_ENTRY_BYTES: number = 65535;

export type Tile = {
  /** 0 to 63, or the bundle of the entries themselves. */
  readonly level: number | 'entries';
  readonly index: number;
  /** 1 to 256; below 256 the tile is partial. */
  readonly width: number;
};

/** Path under the log's prefix, such as `tile/0/x001/x234/067` or `tile/entries/000.p/17`. */
export function tilePath({ level, index, width }: Tile): string {
  let rest = Math.floor(index / 1000);
  let path = String(index % 1000).padStart(3, '0');
  for (; rest > 0; rest = Math.floor(rest / 1000)) path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Reads a path, or gives `null` when it is no path of a tile in its only spelling. */
export function parseTilePath(path: string): Tile | null {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return null;
  const level: Tile['level'] = match[1] === 'entries' ? 'entries' : Number(match[1]);
  const index = Number(match[2].replaceAll(/[x/]/g, ''));
  const width = match[3] === undefined ? TILE_WIDTH : Number(match[3]);
  const tile: Tile = { level, index, width };
  const inside = (level === 'entries' || level < 64) && width >= 1 && index <= MAX_TREE_SIZE / TILE_WIDTH;
  return inside && tilePath(tile) === path ? tile : null;
}

/** Width of a tile in a tree of `size`: 256, less for a partial one, 0 for one that does not exist. */
export function tileWidth(level: number | 'entries', index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level));
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** The bytes of a tile of hashes, or `null` when the tree does not have that many. */
export function tileBytes(tree: Pick<MerkleTree, 'size' | 'read'>, tile: Tile): Uint8Array | null {
  const { level, index, width } = tile;
  if (level === 'entries' || width < 1 || tileWidth(level, index, tree.size) < width) return null;
  return concat(...Array.from({ length: width }, (_, i) => tree.read(level * TILE_HEIGHT, index * TILE_WIDTH + i)));
}

/** A bundle: each entry after its 16-bit length. Throws `bad-argument`. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) throw new TokenError('bad-argument', 'a bundle has 1 to 256 entries');
  return concat(...entries.flatMap((entry) => [u16(entry.length), entry]));
}

/** The entries of a bundle of `width`. Throws `log-malformed`. */
export function decodeEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width) {
    if (at + 2 > bytes.length) throw new TokenError('log-malformed', 'bundle too short');
    const length = readUint(bytes, at, 2);
    if (at + 2 + length > bytes.length) throw new TokenError('log-malformed', 'entry too short');
    entries.push(bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  if (at !== bytes.length) throw new TokenError('log-malformed', 'bytes after the last entry');
  return entries;
}

/** Fetches a file under the log's prefix. */
export type FetchTile = (path: string) => Promise<Uint8Array>;

/**
 * Hashes of a tree of `size` from its tiles, each fetched once. Nothing is checked here: what is computed from them must be
 * compared with a signed root, as the proofs do. Throws `log-malformed` for a tile of the wrong length.
 */
export function tileReader(size: number, fetchTile: FetchTile): ReadHash {
  const tiles = new Map<string, Promise<Uint8Array>>();
  const fetched = async (level: number, index: number): Promise<Uint8Array> => {
    const width = tileWidth(level, index, size);
    const path = tilePath({ level, index, width });
    let bytes = tiles.get(path);
    if (bytes === undefined) {
      bytes = fetchTile(path);
      tiles.set(path, bytes);
    }
    if (width === 0 || (await bytes).length !== width * HASH_BYTES) throw new TokenError('log-malformed', path);
    return bytes;
  };
  return async (level, index) => {
    const within = level % TILE_HEIGHT;
    const first = index * 2 ** within;
    const bytes = await fetched((level - within) / TILE_HEIGHT, Math.floor(first / TILE_WIDTH));
    let hashes: Uint8Array[] = Array.from({ length: 2 ** within }, (_, i) => {
      const at = ((first % TILE_WIDTH) + i) * HASH_BYTES;
      if (at + HASH_BYTES > bytes.length) throw new TokenError('log-malformed', 'hash outside the tile');
      return bytes.slice(at, at + HASH_BYTES);
    });
    while (hashes.length > 1)
      hashes = Array.from({ length: hashes.length / 2 }, (_, i) => nodeHash(hashes[2 * i], hashes[2 * i + 1]));
    return hashes[0];
  };
}
