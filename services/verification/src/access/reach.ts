import {
  type Caller,
  type HouseholdPlace,
  isReachable,
  liesWithin,
  type Reachable,
  type RouteContract,
  reachableBy,
  regionPrefixes,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { asReader, type Client, type Pool } from '@hedui/postgres';
import type { StoredBatch } from '../db/batches.js';

/** The role as which this service reads on behalf of callers; see migrations/0005_access.sql. */
export const READER = 'hedui_verification_reader';

/**
 * How one call reads: as the restricted role, so that the database shows what is in reach and nothing else, and with the reach itself, against
 * which the service holds once more what it got.
 */
export interface CallerReach {
  readonly reachable: Reachable;
  read<T>(work: (db: Client) => Promise<T>): Promise<T>;
}

export function reachOf(pool: Pool, caller: Caller, contract: Pick<RouteContract, 'method' | 'inspects'>): CallerReach {
  const reachable = reachableBy(caller, contract);
  const { purposes, department } = reachable;
  const rights = { regionPrefixes: regionPrefixes(reachable.regions), purposes, department };
  return { reachable, read: (work) => asReader(pool, READER, rights, work) };
}

/** `found` when it is there and in reach; throws NOT_FOUND for both, in the same words. */
export function householdInReach<T extends HouseholdPlace>(found: T | null | undefined, reachable: Reachable): T {
  if (!found || !isReachable(found, reachable)) throw new HeduiError('NOT_FOUND');
  return found;
}

/** True when the caller may see that there is such a batch: all of its regions, and something of what it is for. */
export function batchIsReachable(
  { regions, purposes, owner }: Pick<StoredBatch, 'regions' | 'purposes' | 'owner'>,
  reachable: Reachable,
): boolean {
  return (
    regions.length > 0 &&
    regions.every((region) => liesWithin(region, reachable.regions)) &&
    purposes.some((purpose) => reachable.purposes.includes(purpose)) &&
    (reachable.department === null || reachable.department === owner)
  );
}

/** As `householdInReach`, for a batch. */
export function batchInReach(found: StoredBatch | null, reachable: Reachable): StoredBatch {
  if (found === null || !batchIsReachable(found, reachable)) throw new HeduiError('NOT_FOUND');
  return found;
}
