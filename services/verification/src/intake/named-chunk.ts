import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { CHUNK_MAX_BYTES, type ChunkId, type Day, type IdType, pack, type Relation, unpack } from '@hedui/contracts';
import { SealError, type Sealer } from '@hedui/privacy';

/** Who the persons of a household are, and with what authorisation they were asked about. */
export interface NamedPerson {
  /** Physical line of the batch where the row begins. */
  line: number;
  relation: Relation;
  idType: IdType;
  idNumber: string;
  name: string;
  authorisationNo: string | null;
  authorisedOn: Day | null;
  authorisedUntil: Day | null;
}

/** The part of a household that never leaves this service: the rest of it stands in the chunk's request. */
export interface NamedHousehold {
  /** Null for a single check without a reference. */
  ref: string | null;
  benefitNo: string | null;
  /** Row n of the household is persons[n − 1]. */
  persons: NamedPerson[];
}

const context = (id: ChunkId): string => `chunk:${id}`;

/** Packs, compresses and seals the named part of a chunk, bound to the chunk's id. */
export function sealNamed(households: readonly NamedHousehold[], sealer: Sealer, id: ChunkId): Buffer {
  const rows = households.map((h) => [
    h.ref,
    h.benefitNo,
    h.persons.map((p) => [
      p.line,
      p.relation,
      p.idType,
      p.idNumber,
      p.name,
      p.authorisationNo,
      p.authorisedOn,
      p.authorisedUntil,
    ]),
  ]);
  return sealer.seal(deflateRawSync(pack(rows), { level: 1 }), context(id));
}

/** Opens it again; throws SealError. The bytes are our own and authenticated, so their form is not checked again. */
export function openNamed(sealed: Uint8Array, sealer: Sealer, id: ChunkId): NamedHousehold[] {
  const rows = unpack(inflateRawSync(sealer.open(sealed, context(id)), { maxOutputLength: CHUNK_MAX_BYTES }));
  if (!Array.isArray(rows)) throw new SealError('not a chunk');
  return (rows as [string | null, string | null, unknown[][]][]).map(([ref, benefitNo, persons]) => ({
    ref,
    benefitNo,
    persons: persons.map((p) => ({
      line: p[0] as number,
      relation: p[1] as Relation,
      idType: p[2] as IdType,
      idNumber: p[3] as string,
      name: p[4] as string,
      authorisationNo: p[5] as string | null,
      authorisedOn: p[6] as Day | null,
      authorisedUntil: p[7] as Day | null,
    })),
  }));
}
