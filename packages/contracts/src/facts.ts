import type { BenefitKey, PersonKey } from './brands.js';
import type { Day, Month } from './calendar.js';
import type { Fen } from './money.js';
import type { SourceStateName, TaxItem } from './registry.js';

/**
 * What the blind zone knows of a record. `recordId` is the department's own id: the evidence behind a finding is
 * read from the source by it. The order of the fields is the order on the wire (see slices.ts).
 */
export interface IncomeFact {
  period: Month;
  item: TaxItem;
  gross: Fen;
}
export interface RegistrationFact {
  recordId: string;
  plateType: string;
  useNature: string | null;
  status: string;
  registeredOn: Day;
  disposedOn: Day | null;
}
export interface AccountFact {
  recordId: string;
  /** month(opened_on) */
  opened: Month;
  paidThrough: Month | null;
  wageBase: Fen;
  balance: Fen;
  status: string;
  loanRepayment: Fen | null;
}
export interface RoleFact {
  recordId: string;
  entityType: string;
  role: string;
  capital: Fen | null;
  entityStatus: string;
  since: Day | null;
  until: Day | null;
}
/** Marriage events come in the order (event_date, record_id by code point): the source sorts, it alone has all ids. */
export interface MarriageFact {
  recordId: string;
  state: 'married' | 'divorced' | 'widowed';
  eventDate: Day;
  spouse: PersonKey;
}
export interface DeathFact {
  deathDate: Day;
}
export interface AssistanceFact {
  recordId: string;
  programme: string;
  benefit: BenefitKey;
  region: string;
  from: Day;
  to: Day | null;
}

export interface FactsByType {
  income: IncomeFact;
  registration: RegistrationFact;
  account: AccountFact;
  role: RoleFact;
  marriage: MarriageFact;
  death: DeathFact;
  assistance: AssistanceFact;
}

/** State of one source for one household (assessment.md, Sources). */
export interface SourceState {
  source: string;
  state: SourceStateName;
  /** The oldest over the source's record types of the newest load that counts; null when a type has none. */
  asOf: Day | null;
  /** A load of this source was being applied while the report was made. */
  loading: boolean;
}
