import { VERIFICATION_KEEPS } from '@hedui/contracts';

/** Where a report chunk came from, as far as it decides which of several reports of one chunk counts. */
export interface Told {
  /** The life of the topic that it was read in; null when that is not known. */
  life: string | null;
  /** Verification says that this is the report that it keeps. */
  kept: boolean;
}

export const isKept = (producedBy: string): boolean => producedBy === VERIFICATION_KEEPS;

/**
 * Whether another report of a chunk takes the place of the one that was counted. Verification gives out the first of a chunk in topic
 * order, and so within one life of the topic nothing does. When the topic was lost before verification had stored what was counted here,
 * the household is assessed again, and that report is the one that is given out: in a newer life another one counts. What verification keeps
 * and publishes again counts before anything else of that life.
 */
export function takesItsPlace(counted: Told, other: Told): boolean {
  const newer = other.life !== null && counted.life !== null && other.life !== counted.life;
  return newer || (other.kept && !counted.kept);
}
