import type { Assessment } from './assessment.js';
import type { BenefitKey, NameKey, PersonKey } from './brands.js';
import type { Fen } from './money.js';
import type { Area, MaritalStatus, Relation, VerificationType } from './registry.js';

/** One person of a household as the blind zone sees them. Money in fen over the reference period. */
export interface RequestPerson {
  relation: Relation;
  person: PersonKey;
  name: NameKey;
  maritalStatus: MaritalStatus | null;
  /** wage, operating, property, transfer, other */
  declared: readonly [Fen, Fen, Fen, Fen, Fen];
  rigidExpenditure: Fen;
  householdSize: number;
  supportedPersons: number;
  agreedSupport: Fen | null;
}

/** One household of a request chunk. Row n of the household is persons[n − 1]. */
export interface RequestHousehold {
  /** Place in its chunk, from 0; with the chunk id it names the household everywhere. */
  index: number;
  programme: string;
  verificationType: VerificationType;
  region: string;
  area: Area;
  ownBenefit: BenefitKey | null;
  persons: RequestPerson[];
}

/** One household of a report chunk: enough for the ledger to count it without asking anyone. */
export interface ReportedHousehold {
  index: number;
  applicant: PersonKey;
  programme: string;
  verificationType: VerificationType;
  region: string;
  area: Area;
  assessment: Assessment;
}
