import { type ChunkId, PackWriter, type RequestHousehold, readRequested, writeRequested } from '@hedui/contracts';
import type { Sealer } from '@hedui/privacy';
import { packPrints, printsOf, type WithPersons } from '../authorisations/person-prints.js';
import type { HouseholdIndexRow } from '../db/chunks.js';
import { type NamedHousehold, readNamed, sealPackedNamed, writeNamed } from './named-chunk.js';
import { type BatchOrigin, encodePackedRequest } from './pack-chunk.js';

/** A household as it is stored: who its persons are, what of it is sent, by which keys it is joined, and its index row. */
export interface ChunkHousehold {
  named: NamedHousehold;
  request: RequestHousehold;
  joined: WithPersons;
  index: HouseholdIndexRow;
}

/** The households of a chunk that is full, packed and neither squeezed nor sealed. */
export interface PackedHouseholds {
  households: number;
  named: Buffer;
  request: Buffer;
  persons: Buffer;
  index: HouseholdIndexRow[];
}

/**
 * Packs households as they come: a thousand of them kept as objects until their chunk is full would outlive the young generation, and cost
 * more to collect than to make.
 */
export function createChunkPacker() {
  const named = new PackWriter();
  const request = new PackWriter();
  let prints: string[] = [];
  let index: HouseholdIndexRow[] = [];

  return {
    /** Households taken in since the last `take`. */
    count: () => index.length,
    add(household: ChunkHousehold): void {
      writeNamed(named, household.named);
      writeRequested(request, household.request);
      prints.push(printsOf(household.joined));
      index.push(household.index);
    },
    /** Leaves out those at some places; the others move up. Unpacks everything, for it is seldom called. */
    leaveOut(places: ReadonlySet<number>): void {
      const stays = (_: unknown, place: number) => !places.has(place);
      const count = index.length;
      const requests = readRequested(request.takeArray(count)).filter(stays);
      for (const [place, one] of requests.entries()) writeRequested(request, { ...one, index: place });
      for (const one of readNamed(named.takeArray(count)).filter(stays)) writeNamed(named, one);
      prints = prints.filter(stays);
      index = index.filter(stays).map((row, place) => ({ ...row, place }));
    },
    /** What there is; null when that is nothing. Begins anew. */
    take(): PackedHouseholds | null {
      const households = index.length;
      if (households === 0) return null;
      const taken = {
        ...{ households, index, named: named.takeArray(households), request: request.takeArray(households) },
        persons: packPrints(prints),
      };
      prints = [];
      index = [];
      return taken;
    },
  };
}

/** Squeezes and seals a chunk's households, beside this thread as far as can be. */
export async function finishChunk(
  id: ChunkId,
  { named, request }: PackedHouseholds,
  origin: BatchOrigin,
  sealer: Sealer,
): Promise<{ named: Buffer; request: Buffer }> {
  const [sealed, event] = await Promise.all([
    sealPackedNamed(named, sealer, id),
    encodePackedRequest(id, origin, request, Date.now()),
  ]);
  return { named: sealed, request: event };
}
