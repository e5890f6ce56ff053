import { type Caller, purposeOf, type RouteContract } from '@hedui/contracts';
import type { Pool } from '@hedui/postgres';
import { type AuditDetails, type AuditObject, actorOf, type NewAuditEntry, safeId } from './entry.js';
import { recordLook } from './record.js';

/** A call that is about to be answered, as `packages/http` hands it over. */
export interface AuditedCall {
  params: Readonly<Record<string, unknown>>;
  query: Readonly<Record<string, unknown>>;
  caller: Caller;
  correlationId: string;
  status: number;
  /** The answer; null when it is a stream. */
  json: unknown;
}

/** What a service knows of the object of a call beyond its id. */
export interface ObjectFacts {
  region?: string | null;
  purpose?: string | null;
  details?: AuditDetails;
  covers?: { count: number; root: string };
}

export interface CallAuditOptions {
  pool: Pool;
  /** Calls whose acts are recorded in their own transactions, or that show and change nothing about anybody. */
  except: ReadonlySet<string>;
  describe?(contract: RouteContract, object: AuditObject, call: AuditedCall): Promise<ObjectFacts>;
}

/** Names of actions that are older or plainer than those of their routes. */
const ACTIONS: Readonly<Record<string, string>> = {
  getReport: 'report.read',
  getReportExplanation: 'report.explain',
  getReportDocument: 'report.print',
  replayReport: 'report.replay',
  getReportReceipt: 'report.receipt',
  getReportLooks: 'report.looks',
  getBatchReports: 'report.export',
  createVerification: 'report.check',
  createBatch: 'batch.submit',
  cancelBatch: 'batch.cancel',
  getBatchRejects: 'batch.rejects',
  createLoad: 'load.submit',
  confirmLoad: 'load.confirm',
  getLoadRejects: 'load.rejects',
  getDetectionRates: 'rates.read',
  listAudit: 'audit.read',
  exportAudit: 'audit.export',
};

/** `setUserRights` of the tag `identity` → `identity.set_user_rights` */
export function actionOf({ id, tag }: RouteContract): string {
  return ACTIONS[id] ?? `${tag}.${id.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)}`;
}

const text = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;
const member = (json: unknown, name: string): unknown =>
  typeof json === 'object' && json !== null ? Object.entries(json).find(([key]) => key === name)?.[1] : undefined;

/** What the call is about: what its path names, else what its answer names, else the route itself. */
function objectOf(contract: RouteContract, { params, json }: AuditedCall): AuditObject {
  const kind = contract.path.split('/')[2]?.replace(/s$/, '') ?? contract.tag;
  const reportNo = text(params.reportNo) ?? text(member(json, 'reportNo'));
  if (reportNo !== null) return { kind: 'report', id: safeId(reportNo) };
  const id = text(params.id) ?? text(member(json, 'id'));
  if (id === null) return { kind, id: contract.id };
  const version = text(params.version);
  return { kind, id: safeId(version === null ? id : `${id}@${version}`) };
}

/** The entry of a call; facts that the service has of its object come on top. */
export function entryOfCall(contract: RouteContract, call: AuditedCall, facts: ObjectFacts = {}): NewAuditEntry {
  const programme = text(member(call.json, 'programme'));
  return {
    action: actionOf(contract),
    actor: actorOf(call.caller),
    object: objectOf(contract, call),
    purpose: facts.purpose ?? (programme === null ? null : purposeOf(programme)),
    region: facts.region ?? safeOrNull(text(member(call.json, 'region'))),
    correlationId: safeId(call.correlationId),
    details: { ...queryDetails(call.query), ...facts.details },
    covers: facts.covers,
  };
}

const safeOrNull = (value: string | null) => (value === null ? null : safeId(value));

/** What narrowed the question, where it is short and holds nothing of a person. */
function queryDetails(query: AuditedCall['query']): AuditDetails {
  const given = Object.entries(query).flatMap(([key, value]) => {
    const said = text(value);
    return said === null || key === 'cursor' ? [] : [[safeId(key), safeId(said)] as const];
  });
  return Object.fromEntries(given);
}

/**
 * Records calls before their answers leave: every one that changes something or shows households, and every look into the log itself,
 * but for those in `except`. An answer that says that nothing is there yet (202 of a read) shows nothing.
 */
export function createCallAudit(
  options: CallAuditOptions,
): (contract: RouteContract, call: AuditedCall) => Promise<void> {
  const { pool, except } = options;
  return async (contract, call) => {
    const concerns = contract.method === 'POST' || contract.reach === 'households' || contract.id in ACTIONS;
    if (!concerns || except.has(contract.id)) return;
    if (contract.method === 'GET' && call.status === 202) return;
    const facts = await options.describe?.(contract, objectOf(contract, call), call);
    await recordLook(pool, entryOfCall(contract, call, facts));
  };
}
