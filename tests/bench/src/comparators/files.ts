import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** The first line of a CSV file as column names, and where its rows begin. The header of a city's file has no quotes. */
export async function headerOf(file: string): Promise<{ columns: string[]; rowsFrom: number }> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const end = buffer.subarray(0, bytesRead).indexOf(10);
    if (end < 0) throw new Error(`${file} has no header`);
    return { columns: buffer.toString('utf8', 0, end).trim().split(','), rowsFrom: end + 1 };
  } finally {
    await handle.close();
  }
}

/** A stretch of a file, from its first byte to the one before `end`. */
export interface Stretch {
  file: string;
  from: number;
  end: number;
}

/**
 * The rows of a file of households in `parts` stretches of about the same size, cut between two households: the first cell of
 * a row is its household's reference. Rows may not hold line breaks.
 */
export async function splitHouseholds(file: string, parts: number): Promise<Stretch[]> {
  const { rowsFrom } = await headerOf(file);
  const { size } = await stat(file);
  const handle = await open(file);
  try {
    const cuts = [rowsFrom];
    for (let part = 1; part < parts; part++) {
      const near = Math.max(cuts[part - 1] ?? rowsFrom, rowsFrom + Math.floor(((size - rowsFrom) * part) / parts));
      cuts.push(await nextHousehold(handle, near, size));
    }
    return cuts.map((from, part) => ({ file, from, end: cuts[part + 1] ?? size }));
  } finally {
    await handle.close();
  }
}

/** The first byte after `near` at which a row begins whose reference differs from that of the row before. */
async function nextHousehold(handle: FileHandle, near: number, size: number): Promise<number> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1 << 20), 0, 1 << 20, near);
  let before: string | null = null;
  for (let at = buffer.indexOf(10); at >= 0 && at + 1 < bytesRead; at = buffer.indexOf(10, at + 1)) {
    const end = buffer.indexOf(44, at + 1);
    const ref = buffer.toString('utf8', at + 1, end);
    if (before !== null && ref !== before) return near + at + 1;
    before = ref;
  }
  return size;
}

export function readStretch({ file, from, end }: Stretch): Readable {
  return end > from ? createReadStream(file, { start: from, end: end - 1, highWaterMark: 1 << 18 }) : Readable.from([]);
}
