import type { Area, Day, Fen, MaritalStatus, Relation, RowCode, VerificationType } from '@hedui/contracts';
import type { Identity } from '@hedui/identity-numbers';

/** One person of a household as it came in: named, so it never leaves this service unsealed. Money in fen. */
export interface IntakePerson {
  /** Physical line where the row begins. */
  line: number;
  relation: Relation;
  identity: Identity;
  /** As written: NFKC, trimmed. */
  name: string;
  maritalStatus: MaritalStatus | null;
  /** wage, operating, property, transfer, other */
  declared: readonly [Fen, Fen, Fen, Fen, Fen];
  rigidExpenditure: Fen;
  householdSize: number;
  supportedPersons: number;
  agreedSupport: Fen | null;
  authorisationNo: string | null;
  authorisedOn: Day | null;
  authorisedUntil: Day | null;
}

/** An accepted household. */
export interface IntakeHousehold {
  ref: string;
  programme: string;
  verificationType: VerificationType;
  region: string;
  area: Area;
  benefitNo: string | null;
  persons: IntakePerson[];
}

/** One line of a reject list before it is sealed and stored. */
export interface Reject {
  line: number;
  column: string | null;
  code: RowCode;
  rule: string;
}
