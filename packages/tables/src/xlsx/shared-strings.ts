import { MAX_CELL_LENGTH, unescapeText } from './cell-texts.js';
import { readXml } from './xml.js';

export interface SharedStrings {
  /** Null: there is no such string, or it is longer than a cell can be. */
  get(index: number): string | null;
}

const BLOCK_BYTES = 1_048_576;
const TOO_LONG = 0xffff_ffff;

export const NO_SHARED_STRINGS: SharedStrings = { get: () => null };

/**
 * Keeps the strings that cells point to, as UTF-8 outside the heap of JavaScript: the texts and eight bytes for each. That
 * is about the size of the part; the shortest entry takes five bytes of XML, so at the worst, with room to grow, it is
 * three times that.
 */
export async function readSharedStrings(texts: AsyncIterable<string>): Promise<SharedStrings> {
  const blocks: Buffer[] = [];
  let block = Buffer.alloc(0);
  let used = 0;
  // For each string where it begins (a count of bytes over all blocks) and how many bytes it has.
  let starts = new Uint32Array(1024);
  let lengths = new Uint32Array(1024);
  let count = 0;

  function add(text: string | null): void {
    if (count === starts.length) {
      starts = grown(starts);
      lengths = grown(lengths);
    }
    const bytes = text === null ? 0 : Buffer.byteLength(text);
    if (bytes > block.length - used) {
      block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      blocks.push(block);
      used = 0;
    }
    starts[count] = (blocks.length - 1) * BLOCK_BYTES + used;
    lengths[count] = text === null ? TOO_LONG : bytes;
    if (text !== null) used += block.write(text, used);
    count++;
  }

  let text = '';
  let inside = false;
  let phonetic = 0;
  await readXml(texts, {
    open(name) {
      if (name === 'si') text = '';
      else if (name === 'rPh') phonetic++;
      else if (name === 't') inside = phonetic === 0;
    },
    text(piece) {
      if (inside && text.length <= MAX_CELL_LENGTH) text += piece;
    },
    close(name) {
      if (name === 't') inside = false;
      else if (name === 'rPh') phonetic--;
      else if (name === 'si') add(text.length > MAX_CELL_LENGTH ? null : unescapeText(text));
    },
  });

  return {
    get(index) {
      const length = index < count ? lengths[index] : undefined;
      if (length === undefined || length === TOO_LONG) return null;
      if (length === 0) return '';
      const start = starts[index] ?? 0;
      const from = start % BLOCK_BYTES;
      return blocks[Math.floor(start / BLOCK_BYTES)]?.toString('utf8', from, from + length) ?? null;
    },
  };
}

function grown(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(Math.ceil(from.length * 1.5));
  to.set(from);
  return to;
}
