import type { Area, BenefitKey, Day, RequestPerson, VerificationType } from '@hedui/contracts';

/** One household to assess. Row n of the household is persons[n − 1]; supporters are rows too. */
export interface HouseholdCase {
  programme: string;
  verificationType: VerificationType;
  region: string;
  area: Area;
  /** T */
  asOf: Day;
  ownBenefit: BenefitKey | null;
  persons: readonly RequestPerson[];
}
