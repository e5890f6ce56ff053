import { regionCovers, regionPrefix } from '../registry.js';

/** Roles that tokens carry. Who may do what is one table: the `access` of each route below. */
export const ROLES = [
  'operator',
  'reviewer',
  'department',
  'auditor',
  'source_officer',
  'policy_maker',
  'administrator',
] as const;
export type Role = (typeof ROLES)[number];

/**
 * What a household's data may be used for. A programme belongs to one purpose; `inspection` is the look of audit and supervision
 * at households of every programme, to read only.
 */
export const PURPOSES = ['assistance', 'housing', 'education', 'medical', 'inspection'] as const;
export type Purpose = (typeof PURPOSES)[number];

const PURPOSE_OF_PROGRAMME: ReadonlyMap<string, Purpose> = new Map([
  ['public_housing', 'housing'],
  ['education', 'education'],
  ['medical', 'medical'],
]);

/** The purpose that a check for `programme` serves; what is not told apart is assistance. */
export function purposeOf(programme: string): Purpose {
  return PURPOSE_OF_PROGRAMME.get(programme) ?? 'assistance';
}

/** The whole country, as a region of a caller. */
export const EVERYWHERE = '000000';

/** True when `region` (6 or 9 digits) lies within one of `regions`. */
export function liesWithin(region: string, regions: readonly string[]): boolean {
  return regions.some((one) => regionCovers(one, region));
}

/**
 * What a call is held against besides the caller's role: nothing more; the regions of what it counts; the households that it shows or
 * changes (region, purpose and, for a department, that they are its own); the source that its path names.
 */
export const REACHES = ['nothing', 'region', 'households', 'source'] as const;
export type Reach = (typeof REACHES)[number];

/** Who calls, and what the token lets them do. */
export interface Caller {
  subject: string;
  roles: readonly Role[];
  /** Region codes within which the caller may see households; none: no household at all. `000000` is everywhere. */
  regions: readonly string[];
  /** What for the caller may see households. */
  purposes: readonly Purpose[];
  /** Sources that a source officer answers for; `*`: every source. */
  sources: readonly string[];
  /** The department that a system acts for: it sees what it submitted itself and nothing else. Null: a person of the centre. */
  department: string | null;
  /**
   * Only in an installation for trying: the second person whom this token stands for too, so that acts that take two people are
   * complete at once and record both. Tokens of real people never have it.
   */
  secondedBy: string | null;
}

/** What a caller's token is held against when a household is shown or changed. */
export interface HouseholdPlace {
  /** 6 or 9 digits. */
  region: string;
  programme: string;
  /** The department that submitted it; null: the centre itself. */
  owner: string | null;
}

/** Reading calls, and those that say so: `inspection` opens them for households of every programme. */
/** The part of a route that decides whether `inspection` suffices. */
export interface InspectedRoute {
  method: 'GET' | 'POST';
  inspects?: boolean;
}

const inspects = (contract: InspectedRoute): boolean => contract.method === 'GET' || contract.inspects === true;

/**
 * The purposes for which a caller may make a call. An auditor with `inspection` may look at households of every purpose, and change
 * those of none but the others that the token names.
 */
export function purposesFor(caller: Pick<Caller, 'roles' | 'purposes'>, contract: InspectedRoute): readonly Purpose[] {
  const inspection = caller.purposes.includes('inspection') && caller.roles.includes('auditor');
  if (inspection && inspects(contract)) return PURPOSES;
  return caller.purposes.filter((purpose) => purpose !== 'inspection');
}

/** Which households a call may show or change. */
export interface Reachable {
  regions: readonly string[];
  purposes: readonly Purpose[];
  department: string | null;
}

export function reachableBy(caller: Caller, contract: InspectedRoute): Reachable {
  return { regions: caller.regions, purposes: purposesFor(caller, contract), department: caller.department };
}

/** True when a household lies within what a call may show: its region, what its programme is for, and for a department that it is its own. */
export function isReachable({ region, programme, owner }: HouseholdPlace, reachable: Reachable): boolean {
  const { regions, purposes, department } = reachable;
  return (
    liesWithin(region, regions) &&
    purposes.includes(purposeOf(programme)) &&
    (department === null || department === owner)
  );
}

/** The beginnings of the region codes that lie within `regions`; the empty one is everywhere. */
export function regionPrefixes(regions: readonly string[]): string[] {
  const prefixes = [...new Set(regions.map(regionPrefix))];
  return prefixes.filter((one) => !prefixes.some((other) => other !== one && one.startsWith(other)));
}

const loadId = /^([a-z][a-z0-9_]*)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The source that a load's id names; null for text that is no load's id. */
export function sourceOfLoad(id: string): string | null {
  return loadId.exec(id)?.[1] ?? null;
}

/** True when the caller answers for a source. */
export function answersFor(caller: Pick<Caller, 'sources'>, source: string): boolean {
  return caller.sources.includes('*') || caller.sources.includes(source);
}
