import {
  type BatchId,
  type BenefitKey,
  type ChunkId,
  type ChunkPurpose,
  type CorrelationId,
  type Day,
  decodeEvent,
  encodeEvent,
  type PolicyRef,
  type RequestChunk,
  type RequestHousehold,
  readRequestChunk,
  requestChunkPayload,
  requestPayload,
  SCHEMA_VERSION,
  squeezeAside,
} from '@hedui/contracts';
import type { HouseholdPseudonyms, Pseudonyms } from '@hedui/privacy';
import type { IntakeHousehold } from './household.js';
import type { NamedHousehold } from './named-chunk.js';

/** What all chunks of a batch, or the chunk of a single check, have in common. */
export interface ChunkOrigin {
  batchId: BatchId | null;
  /** Left out: `verification`. */
  purpose?: ChunkPurpose;
  asOf: Day;
  policy: PolicyRef;
  correlationId: CorrelationId;
}

/** The same of a batch's chunks. */
export type BatchOrigin = ChunkOrigin & {
  batchId: BatchId;
  /** The department that submits it; null: the centre. */
  owner: string | null;
};

/** The household as the blind zone sees it: pseudonyms instead of persons, names and benefit numbers. */
export function blindHousehold(
  household: IntakeHousehold,
  index: number,
  pseudonyms: HouseholdPseudonyms,
): RequestHousehold {
  const ownBenefit: BenefitKey | null = household.benefitNo === null ? null : pseudonyms.benefit(household.benefitNo);
  return {
    index,
    programme: household.programme,
    verificationType: household.verificationType,
    region: household.region,
    area: household.area,
    ownBenefit,
    persons: household.persons.map((p) => ({
      relation: p.relation,
      person: pseudonyms.person(p.identity),
      name: pseudonyms.name(p.name),
      maritalStatus: p.maritalStatus,
      declared: p.declared,
      rigidExpenditure: p.rigidExpenditure,
      householdSize: p.householdSize,
      supportedPersons: p.supportedPersons,
      agreedSupport: p.agreedSupport,
    })),
  };
}

/** A household that was sent before, under a version of the pseudonym key: profiles of today stand under the one in use today. */
export function underVersion(
  asked: RequestHousehold,
  named: NamedHousehold | undefined,
  pseudonyms: Pseudonyms,
): RequestHousehold {
  if (named === undefined) throw new RangeError('a household without its persons');
  return {
    ...asked,
    ownBenefit: named.benefitNo === null ? null : pseudonyms.benefit(named.benefitNo),
    persons: asked.persons.map((person, i) => {
      const who = named.persons[i];
      if (who === undefined) throw new RangeError('a person without a name');
      return {
        ...person,
        person: pseudonyms.person({ type: who.idType, number: who.idNumber }),
        name: pseudonyms.name(who.name),
      };
    }),
  };
}

export function namedHousehold(household: IntakeHousehold, ref: string | null = household.ref): NamedHousehold {
  return {
    ref,
    benefitNo: household.benefitNo,
    persons: household.persons.map((p) => ({
      line: p.line,
      relation: p.relation,
      idType: p.identity.type,
      idNumber: p.identity.number,
      name: p.name,
      authorisationNo: p.authorisationNo,
      authorisedOn: p.authorisedOn,
      authorisedUntil: p.authorisedUntil,
    })),
  };
}

/** The event of a chunk, ready to send. Its id is the chunk's, so that a repeat is the same event. */
export function encodeRequest(id: ChunkId, origin: ChunkOrigin, households: RequestHousehold[], now: number): Buffer {
  return eventOf(id, origin, requestChunkPayload({ ...headOf(id, origin), households }), now);
}

/** The same, squeezed beside this thread; `packed`: its households, by `writeRequested`. */
export async function encodePackedRequest(
  id: ChunkId,
  origin: ChunkOrigin,
  packed: Buffer,
  now: number,
): Promise<Buffer> {
  return eventOf(id, origin, requestPayload(headOf(id, origin), await squeezeAside(packed)), now);
}

function headOf(chunkId: ChunkId, origin: ChunkOrigin): Omit<RequestChunk, 'households'> {
  const { batchId, asOf, policy, purpose = 'verification' } = origin;
  return { chunkId, batchId, asOf, policy, purpose };
}

function eventOf(id: ChunkId, { correlationId }: ChunkOrigin, payload: unknown, occurredAt: number): Buffer {
  return encodeEvent({
    id: `request-${id}`,
    type: 'verification.requested',
    schemaVersion: SCHEMA_VERSION,
    producedBy: 'verification',
    occurredAt,
    correlationId,
    payload,
  });
}

/** The households of a stored event. */
export function decodeRequest(event: Uint8Array): RequestHousehold[] {
  return readRequestChunk(decodeEvent(event).payload).households;
}
