import { inflateRawSync } from 'node:zlib';
import { PackWriter, pack, squeeze, unpack } from '@hedui/contracts';
import type { Identity } from '@hedui/identity-numbers';
import type { Sealer } from '@hedui/privacy';

/**
 * What identifies a person, or tells of them beyond what travels, is sealed. Who someone is stands sealed once for each
 * (person, name); the other cells of the rows are sealed many rows at a time, because sealing costs the same for one
 * row as for hundreds.
 */
const CHUNKS_OF_LOAD = 2 ** 20;

/** Number of the n-th chunk of a load; throws RangeError beyond a million chunks. */
export function chunkNumber(loadNo: number, n: number): number {
  if (n >= CHUNKS_OF_LOAD) throw new RangeError('a load has too many rows');
  return loadNo * CHUNKS_OF_LOAD + n;
}

/** Gathers the other cells of many rows, to be sealed: each row packed, all compressed. */
export interface EvidenceGatherer {
  add(row: Uint8Array): void;
  /** All that was added, as MessagePack of an array of bytes, compressed; begins anew. */
  take(): Buffer;
  /** How many bytes were added since. */
  readonly length: number;
}

export function gatherEvidence(): EvidenceGatherer {
  const to = new PackWriter();
  let rows = 0;
  return {
    add(row) {
      to.binary(row);
      rows++;
    },
    take() {
      const packed = squeeze(to.takeArray(rows));
      rows = 0;
      return packed;
    },
    get length() {
      return to.length;
    },
  };
}

/** What was gathered, sealed as chunk `chunk`. */
export function sealEvidence(sealer: Sealer, chunk: number, packed: Buffer): Buffer {
  return sealer.seal(packed, evidenceContext(chunk));
}

/** All rows of a chunk, each packed. Throws SealError. */
export function openEvidenceRows(sealer: Sealer, chunk: number, sealed: Uint8Array): unknown[] {
  const rows: unknown = unpack(inflateRawSync(sealer.open(sealed, evidenceContext(chunk))));
  return Array.isArray(rows) ? rows : [];
}

/** Binds a chunk to its place, so that one that is moved does not open. */
export const evidenceContext = (chunk: number): string => `evidence:${chunk}`;

/** The cells of the row at index `at`, in the order of `evidenceColumns`. Throws SealError. */
export function openEvidence(sealer: Sealer, chunk: number, sealed: Uint8Array, at: number): unknown[] {
  const row = openEvidenceRows(sealer, chunk, sealed)[at];
  const cells = row instanceof Uint8Array ? unpack(row) : undefined;
  if (!Array.isArray(cells)) throw new TypeError('the chunk does not hold this row');
  return cells;
}

export const nameContext = (personKey: Buffer, nameKey: Buffer) =>
  `who:${personKey.toString('hex')}:${nameKey.toString('hex')}`;

export function sealName(sealer: Sealer, personKey: Buffer, nameKey: Buffer, identity: Identity, name: string): Buffer {
  return sealer.seal(pack([identity.type, identity.number, name]), nameContext(personKey, nameKey));
}

export interface OpenedName {
  idType: string;
  idNumber: string;
  name: string;
}

/** Throws SealError when the value belongs to another person. */
export function openName(sealer: Sealer, personKey: Buffer, nameKey: Buffer, sealed: Uint8Array): OpenedName {
  const value = unpack(sealer.open(sealed, nameContext(personKey, nameKey)));
  const [idType, idNumber, name] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof idType !== 'string' || typeof idNumber !== 'string' || typeof name !== 'string') {
    throw new TypeError('not a sealed name');
  }
  return { idType, idNumber, name };
}
