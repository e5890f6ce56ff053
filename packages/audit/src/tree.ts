import type { Queryable } from '@hedui/postgres';
import { readHashes, readTiles } from './db.js';
import { type KnownSubtrees, merkleRoot } from './proof/merkle.js';

/** Entries in a tile: their root is kept, so that a proof reads two tiles of hashes and not the whole log. */
export const TILE = 256;

/** Where the hashes of a log of `size` entries come from: tiles, and single hashes of the ranges that a question needs. */
export async function subtreesOf(db: Queryable, size: number, leaf: number | null): Promise<KnownSubtrees> {
  const whole = Math.floor(size / TILE);
  const tiles = await readTiles(db, whole);
  const leaves = new Map<number, Buffer>();
  const load = async (from: number, to: number) => {
    if (from >= to) return;
    for (const [i, hash] of (await readHashes(db, from + 1, to)).entries()) leaves.set(from + i, hash);
  };
  // Tiles that no checkpoint has stored yet, and what does not fill one.
  await load(tiles.length * TILE, size);
  if (leaf !== null && leaf < tiles.length * TILE) {
    const from = Math.floor(leaf / TILE) * TILE;
    await load(from, from + TILE);
  }
  return (from, to) => {
    if (to - from === 1) return leaves.get(from) ?? null;
    if (to - from === TILE && from % TILE === 0) return tiles[from / TILE] ?? null;
    return null;
  };
}

/** Roots of the tiles that are full and not stored. */
export async function missingTiles(db: Queryable, size: number): Promise<{ no: number; root: Buffer }[]> {
  const whole = Math.floor(size / TILE);
  const known = (await readTiles(db, whole)).length;
  const tiles: { no: number; root: Buffer }[] = [];
  for (let no = known; no < whole; no++) {
    tiles.push({ no, root: merkleRoot(await readHashes(db, no * TILE + 1, (no + 1) * TILE)) });
  }
  return tiles;
}
