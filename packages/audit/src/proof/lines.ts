/** One line of a file as it stands: its bytes without the line feed. */
export interface RawLine {
  /** From 1. */
  no: number;
  bytes: Uint8Array;
  /** False for a last line that no line feed ends. */
  ended: boolean;
}

/** Splits bytes at line feeds and at nothing else. */
export async function* rawLines(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<RawLine> {
  let rest = Buffer.alloc(0);
  let no = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10, from)) {
      const bytes = Buffer.concat([rest, piece.subarray(from, end)]);
      rest = Buffer.alloc(0);
      from = end + 1;
      yield { no: ++no, bytes, ended: true };
    }
    if (from < piece.length) rest = Buffer.concat([rest, piece.subarray(from)]);
  }
  if (rest.length > 0) yield { no: ++no, bytes: rest, ended: false };
}
