/**
 * The sources and record types that the rules of assessment know. A source service that is not listed here can
 * load and publish (its definition names its own topics); the matcher folds only what is listed.
 */
export const SOURCES = ['tax', 'vehicle', 'housing_fund', 'business_registry', 'civil_affairs'] as const;
export type SourceName = (typeof SOURCES)[number];

/** Record types in a fixed order: the index is used in bit masks and must never change; append only. */
export const RECORD_TYPES = [
  { source: 'tax', type: 'income' },
  { source: 'vehicle', type: 'registration' },
  { source: 'housing_fund', type: 'account' },
  { source: 'business_registry', type: 'role' },
  { source: 'civil_affairs', type: 'marriage' },
  { source: 'civil_affairs', type: 'death' },
  { source: 'civil_affairs', type: 'assistance' },
] as const satisfies readonly { source: SourceName; type: string }[];
export type RecordTypeName = (typeof RECORD_TYPES)[number]['type'];

export const ID_TYPES = ['resident_id', 'hmt_residence_permit', 'foreign_permanent_residence', 'passport'] as const;
export type IdType = (typeof ID_TYPES)[number];

export const VERIFICATION_TYPES = [
  'new_application',
  'green_channel',
  'petition',
  'letter',
  'periodic_review',
  'special_inspection',
] as const;
export type VerificationType = (typeof VERIFICATION_TYPES)[number];

export const AREAS = ['urban', 'rural'] as const;
export type Area = (typeof AREAS)[number];

export const RELATIONS = ['applicant', 'spouse', 'child', 'parent', 'other', 'supporter'] as const;
export type Relation = (typeof RELATIONS)[number];

export const MARITAL_STATUSES = ['unmarried', 'married', 'divorced', 'widowed'] as const;
export type MaritalStatus = (typeof MARITAL_STATUSES)[number];

export const CONCLUSIONS = ['meets', 'does_not_meet', 'needs_review', 'incomplete'] as const;
export type Conclusion = (typeof CONCLUSIONS)[number];

export const EFFECTS = ['fails', 'review', 'info'] as const;
export type Effect = (typeof EFFECTS)[number];

export const SOURCE_STATES = ['answered', 'stale', 'no_reply'] as const;
export type SourceStateName = (typeof SOURCE_STATES)[number];

export const INCOME_CATEGORIES = ['wage', 'operating', 'property', 'transfer', 'other'] as const;
export type IncomeCategory = (typeof INCOME_CATEGORIES)[number];

export const SUPPORT_BASES = ['agreed', 'formula', 'recipient'] as const;
export type SupportBasis = (typeof SUPPORT_BASES)[number];

export const TAX_ITEMS = [
  'wages',
  'labour_service',
  'author_royalty',
  'licence_royalty',
  'operating',
  'interest_dividend',
  'property_lease',
  'property_transfer',
  'incidental',
] as const;
export type TaxItem = (typeof TAX_ITEMS)[number];

export const LOAD_MODES = ['delta', 'full'] as const;
export type LoadMode = (typeof LOAD_MODES)[number];

/**
 * Default effect of each finding code (the list of findings in the domain: D fails, R review, I info). Codes of
 * sources that do not exist yet are known too, so that a policy may already name them.
 */
export const FINDING_DEFAULTS = {
  MEMBER_DECEASED: 'review',
  DEAD_STILL_PAID: 'review',
  ID_NAME_MISMATCH: 'review',
  SPOUSE_UNDECLARED: 'review',
  MARITAL_CONFLICT: 'review',
  RECENT_DIVORCE: 'review',
  MEMBER_OMITTED: 'review',
  HOUSEHOLD_SPLIT: 'review',
  SUPPORTER_CAPABLE: 'review',
  VEHICLE_OWNED: 'fails',
  VEHICLE_COMMERCIAL: 'review',
  VEHICLE_EXEMPT: 'info',
  VEHICLE_RECENT_DISPOSAL: 'review',
  COMPANY_LEGAL_REP: 'review',
  COMPANY_INVESTOR: 'fails',
  SELF_EMPLOYED: 'review',
  COMPANY_DORMANT: 'info',
  COOP_MEMBER: 'info',
  INCOME_UNDERDECLARED: 'review',
  INCOME_OVER: 'fails',
  EXPENDITURE_LOW: 'fails',
  FUND_ACTIVE: 'info',
  FUND_BALANCE_OVER: 'review',
  FUND_LOAN: 'review',
  DUPLICATE_BENEFIT: 'fails',
  CROSS_REGION_BENEFIT: 'fails',
  SOURCE_NO_REPLY: 'info',
  STALE_DATA: 'info',
  HOUSE_MULTI: 'fails',
  NON_RESIDENTIAL: 'fails',
  DEPOSIT_OVER: 'fails',
  SECURITIES_OVER: 'fails',
  PENSION_UNDECLARED: 'review',
  EMPLOYED_UNDECLARED: 'review',
  DISABILITY_EXPIRED: 'review',
  STUDENT_STATUS_CONFLICT: 'review',
  HIGH_MEDICAL: 'info',
  MAYBE_ELIGIBLE: 'info',
} as const satisfies Record<string, Effect>;
export type FindingCode = keyof typeof FINDING_DEFAULTS;
export const FINDING_CODES = Object.keys(FINDING_DEFAULTS) as FindingCode[];

/** `520000` → `52`, `520100` → `5201`, `520102` → `520102`, nine digits as they are: a region's prefix of coverage. */
export function regionPrefix(region: string): string {
  return region.length === 6 ? region.replace(/(?:00){1,3}$/, '') : region;
}

/** True when a load or a policy row for `scope` speaks of `region` (assessment.md, Sources). */
export function regionCovers(scope: string, region: string): boolean {
  return region.startsWith(regionPrefix(scope));
}
