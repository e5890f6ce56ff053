/**
 * The rules' input in plain form, as a clerk would read it: dates as `YYYY-MM-DD`, months as `YYYY-MM`, money as bigint
 * fen, records one by one. The plain model (model.ts) and the adapter to the package (adapter.ts) both start here.
 */
export interface PlainRecordBase {
  recordId: string;
  /** Row of the household, from 1. */
  row: number;
  /** The record stands under the name of the row's person. */
  sameName: boolean;
}
export type PlainRecord = PlainRecordBase &
  (
    | { type: 'income'; period: string; item: string; gross: bigint }
    | {
        type: 'registration';
        plateType: string;
        useNature: string | null;
        status: string;
        registeredOn: string;
        disposedOn: string | null;
      }
    | {
        type: 'account';
        openedOn: string;
        paidThrough: string | null;
        wageBase: bigint;
        balance: bigint;
        status: string;
        loan: bigint | null;
      }
    | {
        type: 'role';
        entityType: string;
        role: string;
        capital: bigint | null;
        entityStatus: string;
        since: string | null;
        until: string | null;
      }
    | { type: 'marriage'; state: string; eventDate: string; spouse: string }
    | { type: 'death'; deathDate: string }
    | { type: 'assistance'; programme: string; benefit: string; region: string; from: string; to: string | null }
  );
export type PlainType = PlainRecord['type'];
export type RecordOf<T extends PlainType> = Extract<PlainRecord, { type: T }>;

export interface PlainPerson {
  relation: string;
  document: string;
  maritalStatus: string | null;
  /** wage, operating, property, transfer, other */
  declared: [bigint, bigint, bigint, bigint, bigint];
  rigid: bigint;
  size: number;
  supported: number;
  agreed: bigint | null;
}

/** One completed load; loads of one record type stand in the order of their completion. */
export interface PlainLoad {
  source: string;
  type: string;
  scope: string;
  asOf: string;
  mode: 'full' | 'delta';
}

export interface World {
  policy: PlainPolicy;
  asOf: string;
  programme: string;
  verificationType: string;
  region: string;
  area: 'urban' | 'rural';
  ownBenefit: string | null;
  persons: PlainPerson[];
  records: PlainRecord[];
  loads: PlainLoad[];
}

export interface PlainProgramme {
  area?: 'urban' | 'rural';
  incomeCeiling?: number;
  incomeCeilingDisposable?: boolean;
  expenditureTest?: boolean;
  maxVehicles?: number;
  fundBalanceMonths?: number;
  investorCapital?: string;
  requires: string[];
  effects?: Record<string, string>;
}
/** A policy document as written. */
export interface PlainPolicy {
  id: string;
  version: number;
  effectiveFrom: string;
  standards: { region: string; area: string; from: string; monthly: string }[];
  disposableIncome: { region: string; area: string; from: string; yearly: string }[];
  freshness: Record<string, number>;
  tolerance: { percent: number; yearly: string };
  employmentCost: { percent: number; monthlyCap: string };
  supporter: { standardMultiple: number; ratePercent: number };
  recentMonths: number;
  loanRepayment?: string;
  vehicles: { exemptPlateTypes: string[]; goneStatus: string[] };
  exclusiveProgrammes: string[];
  effects?: Record<string, string>;
  programmes: Record<string, PlainProgramme>;
  tiers: { programme?: string; urban?: string; rural?: string; code: string }[];
}
