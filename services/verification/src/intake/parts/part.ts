import type { Day } from '@hedui/contracts';
import type { Policy } from '@hedui/means-test';
import type { HouseholdKeys } from '@hedui/privacy';
import type { CsvForm } from '@hedui/tables';
import { longPrint } from '../../authorisations/person-prints.js';
import type { HouseholdIndexRow } from '../../db/chunks.js';
import type { RejectedHousehold } from '../../db/rejects.js';
import type { PackedHouseholds } from '../chunk-packer.js';
import type { Reject } from '../household.js';

/** What the parts of a batch are read with. Plain data: it is sent to each thread once. */
export interface PartContext {
  form: CsvForm;
  policy: Policy;
  asOf: Day;
  reach: { regions: readonly string[]; purposes: readonly string[] };
  maxHouseholdRows: number;
  /** Under which households travel. */
  sent: HouseholdKeys;
  /** Under which this database joins; null when it is the same. */
  own: HouseholdKeys | null;
  /** Of `createRefHash`. */
  refKey: Uint8Array;
}

/** A full chunk as it comes from a thread: columns of bytes and numbers, for objects cost more to hand over than to make anew. */
export interface ReadChunk {
  named: Uint8Array;
  request: Uint8Array;
  /** Prints of its persons (authorisations/person-prints.ts), and how many persons each household has. */
  prints: Uint8Array;
  sizes: Uint32Array;
  /** Index rows: physical lines, hashes of the references (16 bytes each), and places in `ReadPart.kinds`. */
  lines: Int32Array;
  hashes: Uint8Array;
  kinds: Uint32Array;
}

/** What a part of a batch came to. */
export interface ReadPart {
  /** All rows, good and bad. */
  rows: number;
  chunks: ReadChunk[];
  /** Region and programme of accepted households, each pair once. */
  kinds: [region: string, programme: string][];
  /** For each reject its line, its place in `refs` (−1: it has none) and its place in `reasons`. */
  rejects: Int32Array;
  refs: string[];
  reasons: Omit<Reject, 'line'>[];
  /** Rejected households with a reference: their lines and the hashes of it. */
  rejectedLines: Int32Array;
  rejectedHashes: Uint8Array;
  rejected: number;
  rejectedRows: number;
}

const HASH_BYTES = 16;

/** A chunk's households as they come from a packer, in columns. `kindOf` gives the place of region and programme. */
export function chunkOf(
  packed: PackedHouseholds,
  sizes: readonly number[],
  kindOf: (row: HouseholdIndexRow) => number,
) {
  const { index, named, request, persons } = packed;
  const hashes = Buffer.alloc(index.length * HASH_BYTES);
  index.forEach(({ refHash }, place) => {
    refHash?.copy(hashes, place * HASH_BYTES);
  });
  return {
    named,
    request,
    prints: persons,
    sizes: Uint32Array.from(sizes),
    lines: Int32Array.from(index, (row) => row.line),
    hashes,
    kinds: Uint32Array.from(index, kindOf),
  };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The same back again. */
export function packedOf(chunk: ReadChunk, kinds: ReadPart['kinds']): PackedHouseholds {
  const hashes = asBuffer(chunk.hashes);
  const index: HouseholdIndexRow[] = [];
  for (let place = 0; place < chunk.lines.length; place++) {
    const [region, programme] = kinds[chunk.kinds[place] ?? -1] ?? ['', ''];
    const refHash = hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
    index.push({ place, line: chunk.lines[place] ?? 0, refHash, region, programme });
  }
  const { named, request, prints } = chunk;
  return {
    households: index.length,
    named: asBuffer(named),
    request: asBuffer(request),
    persons: asBuffer(prints),
    index,
  };
}

/** Each person of a chunk: the household's place and the person's `longPrint`. */
export function* longPrintsOf({ prints, sizes }: ReadChunk): Generator<[place: number, print: number]> {
  const packed = asBuffer(prints);
  let at = 0;
  for (let place = 0; place < sizes.length; place++) {
    for (const end = at + (sizes[place] ?? 0); at < end; at++) yield [place, longPrint(packed, at)];
  }
}

/** The rejects of a part in their order; `ref` is blank where there is none. */
export function* rejectsIn({ rejects, refs, reasons }: ReadPart): Generator<Reject & { ref: string }> {
  for (let i = 0; i < rejects.length; i += 3) {
    const reason = reasons[rejects[i + 2] ?? -1];
    if (reason === undefined) throw new RangeError('a reject without a reason');
    yield { line: rejects[i] ?? 0, ref: refs[rejects[i + 1] ?? -1] ?? '', ...reason };
  }
}

/** Its rejected households with a reference. */
export function rejectedIn({ rejectedLines, rejectedHashes }: ReadPart): RejectedHousehold[] {
  return Array.from(rejectedLines, (line, i) => ({
    line,
    refHash: Buffer.from(rejectedHashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)),
  }));
}
