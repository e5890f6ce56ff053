/** Blocks of a scope that are known, in some forty bytes each: hashes, the pieces in which each lies, and a table to find a hash in. */
export interface KnownBlocks {
  /** Number of the newest load when they were read. */
  readonly seq: number;
  readonly size: number;
  /** The pieces of the block with this hash, in order; null: it is not known. */
  find(hash: Buffer): readonly Slots[] | null;
}

/** So many rows of a chunk of evidence from the index `firstAt` on. */
export interface Slots {
  readonly chunk: number;
  readonly firstAt: number;
  readonly rows: number;
}

export const HASH_BYTES = 16;
/** More are not remembered at a time: their rows are read like any others. */
const MOST_PIECES = 2 ** 22;

/** Takes pieces of blocks, those of one hash one after another, and makes them findable. */
export function gatherKnownBlocks() {
  let capacity = 1024;
  let hashes = Buffer.alloc(capacity * HASH_BYTES);
  let begins = new Int32Array(capacity + 1);
  let chunks = new Float64Array(capacity);
  let firsts = new Int32Array(capacity);
  let rows = new Int32Array(capacity);
  let size = 0;
  let pieces = 0;

  function grow(): void {
    capacity *= 2;
    hashes = Buffer.concat([hashes], capacity * HASH_BYTES);
    begins = enlarged(begins, new Int32Array(capacity + 1));
    chunks = enlarged(chunks, new Float64Array(capacity));
    firsts = enlarged(firsts, new Int32Array(capacity));
    rows = enlarged(rows, new Int32Array(capacity));
  }
  const hashAt = (block: number): Buffer => hashes.subarray(block * HASH_BYTES, (block + 1) * HASH_BYTES);

  return {
    /** False when there is no room for more. */
    add(hash: Buffer, slots: Slots): boolean {
      const same = size > 0 && hashAt(size - 1).equals(hash);
      // A block of which a piece is missing would be taken for a smaller one: the last is given up as a whole.
      if (pieces === MOST_PIECES) {
        if (same) size--;
        return false;
      }
      if (pieces === capacity) grow();
      if (!same) {
        hash.copy(hashes, size * HASH_BYTES, 0, HASH_BYTES);
        begins[size] = pieces;
        size++;
      }
      chunks[pieces] = slots.chunk;
      firsts[pieces] = slots.firstAt;
      rows[pieces] = slots.rows;
      pieces++;
      begins[size] = pieces;
      return true;
    },
    done(seq: number): KnownBlocks {
      let places = 1;
      while (places < size * 2) places *= 2;
      const table = new Int32Array(places).fill(-1);
      const placeOf = (hash: Buffer) => hash.readUInt32LE(0) & (places - 1);
      for (let block = 0; block < size; block++) {
        let place = placeOf(hashAt(block));
        while (table[place] !== -1) place = (place + 1) & (places - 1);
        table[place] = block;
      }
      return {
        seq,
        size,
        find(hash) {
          if (size === 0) return null;
          for (let place = placeOf(hash); ; place = (place + 1) & (places - 1)) {
            const block = table[place] ?? -1;
            if (block < 0) return null;
            if (!hashAt(block).equals(hash)) continue;
            const found: Slots[] = [];
            for (let at = begins[block] ?? 0; at < (begins[block + 1] ?? 0); at++) {
              found.push({ chunk: chunks[at] ?? 0, firstAt: firsts[at] ?? 0, rows: rows[at] ?? 0 });
            }
            return found;
          }
        },
      };
    },
  };
}

function enlarged<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
