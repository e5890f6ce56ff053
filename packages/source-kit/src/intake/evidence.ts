import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { pack, unpack } from '@hedui/contracts';
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
}

const BYTES_8 = 0xc4;
const BYTES_32 = 0xc6;
const ARRAY_32 = 0xdd;
const HEAD = 5;

export function gatherEvidence(size = 256 * 1024): EvidenceGatherer {
  let buffer = Buffer.allocUnsafe(size);
  let at = HEAD;
  let rows = 0;
  return {
    add(row) {
      const { length } = row;
      if (at + HEAD + length > buffer.length) {
        const bigger = Buffer.allocUnsafe(2 * (at + HEAD + length));
        buffer.copy(bigger, 0, 0, at);
        buffer = bigger;
      }
      if (length < 0x100) {
        buffer[at++] = BYTES_8;
        buffer[at++] = length;
      } else {
        buffer[at++] = BYTES_32;
        at = buffer.writeUInt32BE(length, at);
      }
      buffer.set(row, at);
      at += length;
      rows++;
    },
    take() {
      buffer[0] = ARRAY_32;
      buffer.writeUInt32BE(rows, 1);
      const packed = deflateRawSync(buffer.subarray(0, at), { level: 1 });
      at = HEAD;
      rows = 0;
      return packed;
    },
  };
}

/** What was gathered, sealed as chunk `chunk`. */
export function sealEvidence(sealer: Sealer, chunk: number, packed: Buffer): Buffer {
  return sealer.seal(packed, evidenceContext(chunk));
}

/** All rows of a chunk, each packed. Throws SealError. */
export function openEvidenceRows(sealer: Sealer, chunk: number, sealed: Uint8Array): unknown[] {
  const rows: unknown = unpack(inflateRawSync(sealer.open(sealed, `evidence:${chunk}`)));
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
