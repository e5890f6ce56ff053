import { CHUNK_HOUSEHOLDS, type ChunkId, type Purpose, purposeOf } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { inTransaction } from '@hedui/postgres';
import type { DataKey, Pseudonyms } from '@hedui/privacy';
import { chunkPassed } from '@hedui/telemetry';
import { createJoined } from '../authorisations/person-prints.js';
import { lockReceiving } from '../db/batches.js';
import { insertChunk, insertHouseholds, type NewChunk } from '../db/chunks.js';
import { insertRejectedHouseholds, insertRejects, type NewReject, type RejectedHousehold } from '../db/rejects.js';
import type { Deps } from '../deps.js';
import { newChunkId } from '../identifiers.js';
import { createChunkPacker, finishChunk, type PackedHouseholds, withoutPlaces } from './chunk-packer.js';
import type { RowGroup } from './groups.js';
import type { IntakeHousehold, Reject } from './household.js';
import { namedRegions } from './named-regions.js';
import { type BatchOrigin, blindHousehold, namedHousehold } from './pack-chunk.js';
import { longPrintsOf, packedOf, type ReadChunk, type ReadPart, rejectedIn, rejectsIn } from './parts/part.js';
import { CHUNK_PERSONS, type RefHash } from './ref-hash.js';
import { createRepeatedPersons } from './repeated-persons.js';
import { findUnauthorised } from './unauthorised.js';

/** Rejects are written when so many have gathered, whether a chunk is full or not. */
const REJECTS_AT_ONCE = 5_000;

/** A reference in the reject list is sealed: a caller may have put a number or a name there. */
export const rejectContext = (batchId: string): string => `reject:${batchId}`;

const NOBODY: ReadonlySet<number> = new Set();

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
  let suspects = new Set<number>();
  let rejects: NewReject[] = [];
  let rejectedHouseholds: RejectedHousehold[] = [];
  let underWay: Promise<void> = Promise.resolve();

  /** What is stored of a chunk; squeezing and sealing it is under way when this returns. */
  function chunkOf(packed: PackedHouseholds) {
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

  /** Rejects households of a chunk whose authorisation was ended, or is registered and does not allow this; the chunk without them. */
  async function onlyAuthorised(
    packed: PackedHouseholds,
    watched: ReadonlySet<number>,
  ): Promise<PackedHouseholds | null> {
    const out = await findUnauthorised(pool, pseudonyms, packed, watched, origin.asOf);
    for (const { place, ref, rows, rejects: faults } of out) {
      const sealed = sealRef(ref);
      for (const fault of faults) rejects.push({ ...fault, ref: sealed });
      rejectedHouseholds.push({ line: packed.index[place]?.line ?? 0, refHash: hash(ref) });
      written.accepted--;
      written.rejected++;
      written.rejectedRows += rows;
    }
    return out.length === 0 ? packed : withoutPlaces(packed, new Set(out.map(({ place }) => place)));
  }

  const sealRef = (ref: string): Buffer => key.sealer.seal(Buffer.from(ref), rejectContext(batchId));

  /** Writes the households that have gathered, and the rejects. */
  function flush(): Promise<void> {
    const packed = packer.take();
    const watched = suspects;
    suspects = new Set();
    personsInChunk = 0;
    return write(packed, watched);
  }

  /** Waits for the write before, then begins the next. `watched`: households one of whose persons has a registered or ended authorisation. */
  async function write(packed: PackedHouseholds | null, watched: ReadonlySet<number>): Promise<void> {
    const authorised = packed && (await onlyAuthorised(packed, watched));
    const full = authorised && chunkOf(authorised);
    const faults = rejects;
    const households = rejectedHouseholds;
    rejects = [];
    rejectedHouseholds = [];
    // Met where it is waited for, also when the write before fails first.
    full?.finished.catch(() => undefined);
    await underWay;
    const began = Date.now();
    const store = async (parts: Pick<NewChunk, 'named' | 'request'> | undefined) =>
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
    const stored = full === null ? store(undefined) : full.finished.then(store);
    underWay = stored.then(() => {
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

  /** Households of a chunk one of whose persons has a registered or ended authorisation; its persons are noted. */
  function watchedOf(chunk: ReadChunk): Set<number> {
    const watched = new Set<number>();
    for (const [place, print] of longPrintsOf(chunk)) {
      persons.addPrint(print);
      if (deps.papers.hasPrint(print)) watched.add(place);
    }
    return watched;
  }

  async function adoptRejects(part: ReadPart): Promise<void> {
    let of = '';
    let sealed: Buffer | null = null;
    for (const { ref, ...reject } of rejectsIn(part)) {
      if (ref !== of) sealed = ref === '' ? null : sealRef(ref);
      of = ref;
      rejects.push({ ...reject, ref: sealed });
      if (rejects.length >= REJECTS_AT_ONCE) await write(null, NOBODY);
    }
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
      if (watched) suspects.add(place);
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
      const sealed = ref === '' ? null : sealRef(ref);
      for (const fault of faults) rejects.push({ ...fault, ref: sealed });
      if (counted && ref !== '') rejectedHouseholds.push({ line: rows[0]?.line ?? 0, refHash: hash(ref) });
      if (counted) written.rejected++;
      written.rejectedRows += rows.length;
      if (rejects.length >= REJECTS_AT_ONCE) await flush();
    },

    /** Takes in a part that was read, judged and packed elsewhere; parts come in the order of the file, and before all other households. */
    async adopt(part: ReadPart): Promise<void> {
      for (const chunk of part.chunks) {
        written.accepted += chunk.lines.length;
        await write(packedOf(chunk, part.kinds), watchedOf(chunk));
      }
      for (const [region, programme] of part.kinds) {
        regions.add(region);
        programmes.add(programme);
      }
      written.rejected += part.rejected;
      written.rejectedRows += part.rejectedRows;
      rejectedHouseholds.push(...rejectedIn(part));
      await adoptRejects(part);
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
