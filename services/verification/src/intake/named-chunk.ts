import { inflateRawSync } from 'node:zlib';
import {
  CHUNK_MAX_BYTES,
  type ChunkId,
  type Day,
  type IdType,
  PackWriter,
  type Relation,
  squeeze,
  squeezeAside,
  unpack,
} from '@hedui/contracts';
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

/** Writes one household of the named part. */
export function writeNamed(to: PackWriter, h: NamedHousehold): void {
  to.array(3);
  to.textOrNil(h.ref);
  to.textOrNil(h.benefitNo);
  to.array(h.persons.length);
  for (const p of h.persons) {
    to.array(8);
    to.number(p.line);
    to.text(p.relation);
    to.text(p.idType);
    to.text(p.idNumber);
    to.text(p.name);
    to.textOrNil(p.authorisationNo);
    to.numberOrNil(p.authorisedOn);
    to.numberOrNil(p.authorisedUntil);
  }
}

/** Compresses (beside this thread) and seals the named part of a chunk, bound to the chunk's id; `packed`: its households, by `writeNamed`. */
export async function sealPackedNamed(packed: Buffer, sealer: Sealer, id: ChunkId): Promise<Buffer> {
  return sealer.seal(await squeezeAside(packed), context(id));
}

/** Packs, compresses and seals the named part of a chunk. */
export function sealNamed(households: readonly NamedHousehold[], sealer: Sealer, id: ChunkId): Buffer {
  const to = new PackWriter();
  for (const household of households) writeNamed(to, household);
  return sealer.seal(squeeze(to.takeArray(households.length)), context(id));
}

/** Opens it again; throws SealError. The bytes are our own and authenticated, so their form is not checked again. */
export function openNamed(sealed: Uint8Array, sealer: Sealer, id: ChunkId): NamedHousehold[] {
  return readNamed(inflateRawSync(sealer.open(sealed, context(id)), { maxOutputLength: CHUNK_MAX_BYTES }));
}

/** The households that `writeNamed` wrote, as an array. */
export function readNamed(packed: Uint8Array): NamedHousehold[] {
  const rows = unpack(packed);
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
