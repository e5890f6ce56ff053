/**
 * A file's lines cut into blocks of some dozens. Where a block ends depends on nothing but its own lines, so a line that is put in or taken out
 * moves the cuts near it and no others: a department's next file consists mostly of the same blocks.
 */
export interface Block {
  readonly bytes: Uint8Array;
  /** Lines that end in it. */
  readonly lines: number;
  /** It begins and ends between two lines. */
  readonly whole: boolean;
}

export interface BlockCutter {
  /** The blocks that these bytes complete. */
  push(bytes: Uint8Array): Block[];
  /** No bytes follow: what is left. */
  end(): Block[];
}

/** What to do with the blocks of a file whose rows may be known from an earlier one. */
export interface BlockMemory {
  /** Called once, before the first block: everything but its bytes that the rows of a block depend on (encoding, columns). */
  begin(context: string): void;
  /**
   * A whole block of so many lines that begins at this physical line. Null: its rows are known, and are not read; else a mark by which they are
   * told of.
   */
  recognise(bytes: Uint8Array, line: number, lines: number): Buffer | null;
}

const LF = 0x0a;
const LEAST_LINES = 16;
/** Behind the least, one line in so many is the last of its block. */
const ONE_IN_BITS = 5;
const MOST_LINES = 256;
const MOST_BYTES = 65_536;
/** A line longer than this is handed on in parts, none of them whole. */
const LONGEST_LINE = 1_048_576;

/** `atLineStart`: the first byte begins a line. */
export function blockCutter(atLineStart: boolean): BlockCutter {
  let parts: Uint8Array[] = [];
  let size = 0;
  let lines = 0;
  let hash = 0;
  let whole = atLineStart;

  function take(endsLine: boolean): Block {
    const [first, ...more] = parts;
    const bytes = first && more.length === 0 ? first : Buffer.concat(parts);
    const block = { bytes, lines, whole: whole && endsLine };
    parts = [];
    size = 0;
    lines = 0;
    whole = endsLine;
    return block;
  }

  return {
    push(bytes) {
      const blocks: Block[] = [];
      let from = 0;
      for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at] as number;
        if (byte !== LF) {
          hash = (Math.imul(hash, 31) + byte) | 0;
          continue;
        }
        lines++;
        const drawn = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - ONE_IN_BITS);
        hash = 0;
        const length = size + at + 1 - from;
        // What began within a line ends with it, so that the next block can be a whole one.
        if (whole && lines < MOST_LINES && length < MOST_BYTES && (lines < LEAST_LINES || drawn !== 0)) continue;
        parts.push(bytes.subarray(from, at + 1));
        from = at + 1;
        blocks.push(take(true));
      }
      if (from < bytes.length) {
        parts.push(bytes.subarray(from));
        size += bytes.length - from;
        if (size > LONGEST_LINE) blocks.push(take(false));
      }
      return blocks;
    },
    end() {
      const last = parts.at(-1);
      return last ? [take(last.at(-1) === LF)] : [];
    },
  };
}
