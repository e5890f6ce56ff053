import { regionCovers } from '../registry.js';
import type { Role } from './routes/contract.js';

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
}
