import { actorOf, recordLook } from '@hedui/audit';
import {
  basisForRegion,
  type Caller,
  type CorrelationId,
  type Evidence,
  type Finding,
  formatDay,
  purposeOf,
  readBasis,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { CallerReach } from '../access/reach.js';
import { refuseEndedLook } from '../authorisations/may-look.js';
import { readPackedBasis } from '../db/reports.js';
import { grantInForce } from '../db/unmaskings.js';
import type { Deps } from '../deps.js';
import { findParts, namedAt, openChunk } from '../reports/report.js';
import type { SourceRecords } from './source-records.js';

/** A grant is used at once; a clock that is a little wrong must not void it. */
const GRANT_SECONDS = 60;

const TYPE_OF_SOURCE: Readonly<Record<string, string>> = {
  vehicle: 'registration',
  housing_fund: 'account',
  business_registry: 'role',
};
const FROM_MARRIAGES: ReadonlySet<string> = new Set(['SPOUSE_UNDECLARED', 'MARITAL_CONFLICT', 'RECENT_DIVORCE']);

/** The record type on which a finding rests; null for one that rests on no single record. */
export function recordTypeOf({ code, source }: Pick<Finding, 'code' | 'source'>): string | null {
  if (source === null) return null;
  if (source === 'civil_affairs') return FROM_MARRIAGES.has(code) ? 'marriage' : 'assistance';
  return TYPE_OF_SOURCE[source] ?? null;
}

export interface EvidenceAsked {
  reportNo: string;
  /** Place among the report's findings, from 1. */
  finding: string;
  unmasked: boolean;
  caller: Caller;
  /** The caller's own token, which the source trusts. */
  authorization: string;
  reach: CallerReach;
  correlationId: CorrelationId;
}

/**
 * The record behind a finding, as the report had it. Only a record that a finding of this report names can be asked for, by somebody who may
 * read the report; the look is recorded here before the source is asked, and there before it answers. Throws HeduiError NOT_FOUND (also for
 * a finding that rests on no single record), STATE_CONFLICT while the report is made, AUTHORISATION_ENDED, UNMASKING_NEEDED, REPORT_ERASED,
 * UPSTREAM_UNAVAILABLE.
 */
export async function readEvidence(
  { pool, ring, pseudonyms, keys }: Pick<Deps, 'pool' | 'ring' | 'pseudonyms' | 'keys'>,
  records: SourceRecords,
  asked: EvidenceAsked,
): Promise<Evidence> {
  const { reportNo, reach, caller, unmasked, correlationId } = asked;
  const { at, parts } = await findParts(reportNo, reach);
  const chunk = openChunk(parts, ring, pseudonyms);
  if (chunk === null) throw new HeduiError('STATE_CONFLICT', { detail: 'the report is still being made' });
  const household = chunk.report.households.find(({ index }) => index === at.place);
  const number = /^[1-9]\d{0,4}$/.test(asked.finding) ? Number(asked.finding) : 0;
  const finding = household?.assessment.findings[number - 1];
  const recordType = finding ? recordTypeOf(finding) : null;
  if (!household || !finding || finding.source === null || finding.recordId === null || recordType === null) {
    throw new HeduiError('NOT_FOUND');
  }
  await refuseEndedLook(pool, pseudonyms, namedAt(chunk, at.place), household.programme);
  if (unmasked && (await reach.read((db) => grantInForce(db, at, caller.subject))) === null) {
    throw new HeduiError('UNMASKING_NEEDED');
  }
  const { source } = finding;
  const recordId = chunk.clear(finding.recordId);
  const packed = await reach.read((db) => readPackedBasis(db, at.chunkId));
  const purpose = purposeOf(household.programme);
  const { region } = household;
  await recordLook(pool, {
    action: unmasked ? 'evidence.read.unmasked' : 'evidence.read',
    actor: actorOf(caller),
    object: { kind: 'report', id: reportNo },
    purpose,
    region,
    correlationId,
    details: { finding: number, code: finding.code, source, recordType },
  });
  // Under the version in use: the source may hold no other.
  const grant = keys.pseudonyms.evidenceGrants.issue(
    {
      source,
      recordType,
      recordId,
      seq: packed && seqOf(packed, source, recordType, region),
      reportNo,
      subject: caller.subject,
      purpose,
      region,
      unmasked,
    },
    GRANT_SECONDS,
  );
  const record = await records.read(source, { grant, authorization: asked.authorization, correlationId });
  const { code, member } = finding;
  return { ...record, reportNo, finding: number, code, member, asOf: formatDay(chunk.report.asOf), unmasked };
}

/** The newest load of a record type that the report knew of; null: it knew of none. */
function seqOf(packed: Uint8Array, source: string, recordType: string, region: string): number | null {
  const loads = basisForRegion(readBasis(packed), region).coverage.filter(
    (load) => load.source === source && load.recordType === recordType,
  );
  return loads.length === 0 ? null : Math.max(...loads.map(({ seq }) => seq));
}
