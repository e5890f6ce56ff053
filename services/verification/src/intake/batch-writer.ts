import { randomBytes } from 'node:crypto';
import { CHUNK_HOUSEHOLDS, type ChunkId, type Purpose, purposeOf } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { inTransaction } from '@hedui/postgres';
import { createShortHmac, type DataKey, type Pseudonyms } from '@hedui/privacy';
import { chunkPassed } from '@hedui/telemetry';
import { paperFaults, rejectsOf, type Suspect } from '../authorisations/check-papers.js';
import { createJoined } from '../authorisations/person-prints.js';
import { lockReceiving } from '../db/batches.js';
import { insertChunk, insertHouseholds, type NewChunk } from '../db/chunks.js';
import { insertRejectedHouseholds, insertRejects, type NewReject, type RejectedHousehold } from '../db/rejects.js';
import type { Deps } from '../deps.js';
import { newChunkId } from '../identifiers.js';
import { createChunkPacker, finishChunk } from './chunk-packer.js';
import type { RowGroup } from './groups.js';
import type { IntakeHousehold, Reject } from './household.js';
import { type BatchOrigin, blindHousehold, namedHousehold } from './pack-chunk.js';
import { createRepeatedPersons } from './repeated-persons.js';

/** Regions that a batch names one by one. */
const MOST_REGIONS = 2_000;

/** Rejects are written when so many have gathered, whether a chunk is full or not. */
const REJECTS_AT_ONCE = 5_000;

/** A chunk is full at so many persons too, so that large households do not make a message that the log refuses. */
const CHUNK_PERSONS = 5_000;

/** The reference of a household as it is compared within its batch: 16 bytes under a key that dies with the intake. */
export type RefHash = (ref: string) => Buffer;

export function createRefHash(): RefHash {
  const mac = createShortHmac(randomBytes(32));
  return (ref) => Buffer.from(mac(ref), 'hex');
}

/** A reference in the reject list is sealed: a caller may have put a number or a name there. */
export const rejectContext = (batchId: string): string => `reject:${batchId}`;

/** The regions one by one; of a batch of more townships than a province has, the provinces that hold them. */
function namedRegions(regions: ReadonlySet<string>): string[] {
  const named =
    regions.size > MOST_REGIONS ? new Set([...regions].map((region) => `${region.slice(0, 2)}0000`)) : regions;
  return [...named].sort();
}

/** What was written of a batch. */
export interface Written {
  accepted: number;
  rejected: number;
  rejectedRows: number;
  /** Appearances of persons in more than one household. */
  repeatedPersons: { repeated: number; atLeast: boolean };
  /** Where the accepted households live and what they are looked at for. */
  regions: string[];
  purposes: Purpose[];
}

/**
 * Writes a batch while it is read: accepted households in chunks of a thousand that are held back, rejected rows as they
 * come. One write is under way while the next rows are read; memory holds two chunks.
 */
export function createBatchWriter(deps: Deps, sent: Pseudonyms, origin: BatchOrigin, key: DataKey, hash: RefHash) {
  const { pool, pseudonyms } = deps;
  const { batchId } = origin;
  const persons = createRepeatedPersons();
  const written: Written = {
    accepted: 0,
    rejected: 0,
    rejectedRows: 0,
    repeatedPersons: persons.result(),
    regions: [],
    purposes: [],
  };
  const regions = new Set<string>();
  const programmes = new Set<string>();
  let ordinal = 0;
  const packer = createChunkPacker();
  /** Households by the keys under which this database joins. */
  const joinedOf = createJoined(sent, pseudonyms);
  let personsInChunk = 0;
  let rejects: NewReject[] = [];
  let rejectedHouseholds: RejectedHousehold[] = [];
  let underWay: Promise<void> = Promise.resolve();
  /** Households of the chunk one of whose persons has a registered or ended authorisation, by place. */
  const suspects = new Map<number, Suspect>();

  /** The chunk that is full; squeezing and sealing it is under way when this returns. */
  function takeChunk() {
    const packed = packer.take();
    personsInChunk = 0;
    if (packed === null) return null;
    const id: ChunkId = newChunkId();
    const chunk = {
      id,
      batchId: origin.batchId,
      ordinal: ordinal++,
      households: packed.households,
      state: 'held' as const,
      dataKey: null,
      persons: packed.persons,
      keyVersion: sent.version,
      owner: origin.owner,
    };
    return { chunk, rows: packed.index, finished: finishChunk(id, packed, origin, key.sealer) };
  }

  /** Rejects households of this chunk whose authorisation was ended, or is registered and does not allow this. */
  async function takeOutUnauthorised(): Promise<void> {
    if (suspects.size === 0) return;
    const places = [...suspects.keys()];
    const faults = await paperFaults(pool, pseudonyms, [...suspects.values()], origin.asOf);
    const out = new Map(places.flatMap((place, i) => (faults[i]?.length ? [[place, faults[i]]] : [])));
    for (const [place, found] of out) {
      const household = suspects.get(place)?.household;
      if (household === undefined) continue;
      const { ref, persons: rows } = household;
      const sealed = key.sealer.seal(Buffer.from(ref), rejectContext(batchId));
      for (const fault of rejectsOf(household, found)) rejects.push({ ...fault, ref: sealed });
      rejectedHouseholds.push({ line: rows[0]?.line ?? 0, refHash: hash(ref) });
      written.accepted--;
      written.rejected++;
      written.rejectedRows += rows.length;
    }
    suspects.clear();
    if (out.size > 0) packer.leaveOut(new Set(out.keys()));
  }

  /** Waits for the write before, then begins the next. */
  async function flush(): Promise<void> {
    await takeOutUnauthorised();
    const full = takeChunk();
    const faults = rejects;
    const households = rejectedHouseholds;
    rejects = [];
    rejectedHouseholds = [];
    // Met where it is waited for, also when the write before fails first.
    full?.finished.catch(() => undefined);
    await underWay;
    const began = Date.now();
    const write = async (parts: Pick<NewChunk, 'named' | 'request'> | undefined) =>
      inTransaction(pool, async (client) => {
        if (!(await lockReceiving(client, batchId))) {
          throw new HeduiError('STORAGE_UNAVAILABLE', { detail: 'the batch was given up meanwhile', retriable: true });
        }
        if (full && parts) {
          await insertHouseholds(client, await insertChunk(client, { ...full.chunk, ...parts }), full.rows);
        }
        await insertRejects(client, batchId, faults);
        await insertRejectedHouseholds(client, batchId, households);
      });
    const written = full === null ? write(undefined) : full.finished.then(write);
    underWay = written.then(() => {
      if (!full) return;
      const { id, households } = full.chunk;
      const { correlationId } = origin;
      chunkPassed(deps.logger, {
        ...{ step: 'packed', service: 'verification', correlationId, chunkId: id, batchId, households, began },
      });
    });
    // A failure is met at the next flush or at the end; until then it must not count as unhandled.
    underWay.catch(() => undefined);
  }

  return {
    /** A promise only when the chunk is full: waiting for nothing costs every household a turn of the queue. */
    accept(household: IntakeHousehold): Promise<void> | null {
      const place = packer.count();
      const request = blindHousehold(household, place, sent);
      const own = joinedOf(household, request);
      let watched = false;
      for (const { person } of own.persons) {
        persons.add(person);
        watched ||= deps.papers.has(person);
      }
      if (watched) suspects.set(place, { household, persons: own.persons.map(({ person }) => person) });
      packer.add({
        named: namedHousehold(household),
        request,
        joined: own,
        index: {
          place,
          line: household.persons[0]?.line ?? 0,
          refHash: hash(household.ref),
          region: household.region,
          programme: household.programme,
        },
      });
      written.accepted++;
      regions.add(household.region);
      programmes.add(household.programme);
      personsInChunk += request.persons.length;
      return place + 1 >= CHUNK_HOUSEHOLDS || personsInChunk >= CHUNK_PERSONS ? flush() : null;
    },

    /** `counted`: false for further rows of a household that was counted before. */
    async reject(group: RowGroup, faults: readonly Reject[]): Promise<void> {
      const { ref, rows } = group;
      const counted = group.part !== 'tail';
      const sealed = ref === '' ? null : key.sealer.seal(Buffer.from(ref), rejectContext(batchId));
      for (const fault of faults) rejects.push({ ...fault, ref: sealed });
      if (counted && ref !== '') rejectedHouseholds.push({ line: rows[0]?.line ?? 0, refHash: hash(ref) });
      if (counted) written.rejected++;
      written.rejectedRows += rows.length;
      if (rejects.length >= REJECTS_AT_ONCE) await flush();
    },

    /** Writes what is left. */
    async end(): Promise<Written> {
      await flush();
      await underWay;
      written.repeatedPersons = persons.result();
      written.regions = namedRegions(regions);
      written.purposes = [...new Set([...programmes].map(purposeOf))];
      return written;
    },

    /** Waits for the write under way, whatever comes of it, so that what was written can be removed. */
    async settle(): Promise<void> {
      await underWay.catch(() => undefined);
    },
  };
}
