import { eachLayer } from './decode.js';
import type { NeedleSearch } from './search.js';

/** A piece of what the blind zone keeps, and where: a topic, a table, a key, a file. */
export interface Piece {
  place: string;
  bytes: Uint8Array;
}

/** Something that names somebody: where, of what kind, how encoded, how often. Never what. */
export interface Leak {
  place: string;
  kind: string;
  encoding: string;
  times: number;
}

export interface Scanned {
  leaks: Leak[];
  pieces: number;
  bytes: number;
  /** Places that were looked at, with their bytes. */
  places: Map<string, number>;
}

/** Searches everything and what it decodes to. */
export async function scan(pieces: AsyncIterable<Piece> | Iterable<Piece>, search: NeedleSearch): Promise<Scanned> {
  const told = Error.stackTraceLimit;
  // Most pieces are not what they are tried as, and half the time of a scan went into saying where in the program that was seen.
  Error.stackTraceLimit = 0;
  try {
    return await scanAll(pieces, search);
  } finally {
    Error.stackTraceLimit = told;
  }
}

async function scanAll(pieces: AsyncIterable<Piece> | Iterable<Piece>, search: NeedleSearch): Promise<Scanned> {
  const leaks = new Map<string, Leak>();
  const scanned: Scanned = { leaks: [], pieces: 0, bytes: 0, places: new Map() };
  for await (const { place, bytes } of pieces) {
    scanned.pieces++;
    scanned.bytes += bytes.length;
    scanned.places.set(place, (scanned.places.get(place) ?? 0) + bytes.length);
    eachLayer(bytes, (layer, text) =>
      search.find(layer, text, (kind, encoding) => {
        const key = `${place}\0${kind}\0${encoding}`;
        const leak = leaks.get(key) ?? { place, kind, encoding, times: 0 };
        leak.times++;
        leaks.set(key, leak);
      }),
    );
  }
  scanned.leaks = [...leaks.values()].sort((a, b) => (a.place < b.place ? -1 : 1));
  return scanned;
}
