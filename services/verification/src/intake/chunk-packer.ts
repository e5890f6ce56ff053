import { type ChunkId, PackWriter, type RequestHousehold, readRequested, writeRequested } from '@hedui/contracts';
import type { Sealer } from '@hedui/privacy';
import { PRINT_BYTES, packPrints, printsOf, type WithPersons } from '../authorisations/person-prints.js';
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

/** A chunk without the households at some places: the others move up. Null when none is left. Unpacks everything, for it is seldom called. */
export function withoutPlaces(packed: PackedHouseholds, places: ReadonlySet<number>): PackedHouseholds | null {
  const stays = (_: unknown, place: number) => !places.has(place);
  const index = packed.index.filter(stays).map((row, place) => ({ ...row, place }));
  if (index.length === 0) return null;
  const households = readNamed(packed.named);
  const named = new PackWriter();
  for (const one of households.filter(stays)) writeNamed(named, one);
  const request = new PackWriter();
  for (const [place, one] of readRequested(packed.request).filter(stays).entries()) {
    writeRequested(request, { ...one, index: place });
  }
  let at = 0;
  const prints = households.map(({ persons }) => {
    const from = at;
    at += persons.length * PRINT_BYTES;
    return packed.persons.subarray(from, at);
  });
  return {
    ...{ households: index.length, index },
    ...{ named: named.takeArray(index.length), request: request.takeArray(index.length) },
    persons: Buffer.concat(prints.filter(stays)),
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
