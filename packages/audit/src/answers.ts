import {
  type AuditPage,
  auditRecordSchema,
  type Caller,
  EVERYWHERE,
  type Looks,
  regionPrefixes,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { Pool } from '@hedui/postgres';
import type { AuditSigner } from './checkpoints.js';
import { listEntries, type StoredEntry } from './db.js';
import { ALONE, exportLog } from './export.js';

const DEFAULT_LIMIT = 100;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOST_LOOKS = 10_000;

export interface AuditQuestion {
  from?: string | undefined;
  to?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  object?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
}

/** A day or a time in UTC; of a day its beginning, or its end. Throws HeduiError BODY_INVALID. */
function timeOf(raw: string | undefined, end: boolean): Date | undefined {
  if (raw === undefined) return undefined;
  const time = new Date(DAY.test(raw) ? `${raw}T${end ? '23:59:59.999' : '00:00:00.000'}Z` : raw);
  if (Number.isNaN(time.getTime())) throw new HeduiError('BODY_INVALID', { detail: 'from and to are dates or times' });
  return time;
}

const itemOf = ({ hash, body }: StoredEntry) => ({
  hash: hash.toString('hex'),
  record: auditRecordSchema.parse(JSON.parse(body)),
});

function numberOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^[1-9]\d{0,14}$/.test(cursor)) throw new HeduiError('CURSOR_INVALID');
  return Number(cursor);
}

/** A page of `GET /v1/audit`: entries within the caller's regions, and those that concern no region. */
export async function auditPage(pool: Pool, asked: AuditQuestion, caller: Caller): Promise<AuditPage> {
  const limit = asked.limit ?? DEFAULT_LIMIT;
  const found = await listEntries(pool, {
    after: numberOf(asked.cursor),
    limit: limit + 1,
    from: timeOf(asked.from, false),
    to: timeOf(asked.to, true),
    actor: asked.actor,
    action: asked.action,
    objects: asked.object === undefined ? undefined : [asked.object],
    regionPrefixes: regionPrefixes(caller.regions),
  });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(itemOf), next: found.length > limit && last ? String(last.seq) : null };
}

/**
 * The answer of `GET /v1/audit/export`. A part of a log proves nothing, so it is for those who may see all of it: throws FORBIDDEN to all
 * others.
 */
export function auditExport(
  pool: Pool,
  signer: AuditSigner,
  { part, parts, before }: { part?: number | undefined; parts?: number | undefined; before?: string | undefined },
  caller: Caller,
) {
  if (!caller.regions.includes(EVERYWHERE)) {
    throw new HeduiError('FORBIDDEN', { detail: 'the whole log is for those who may see the whole country' });
  }
  const place = { part: part ?? 1, parts: parts ?? part ?? 1, before: before ?? ALONE.before };
  return {
    stream: exportLog(pool, signer, place),
    contentType: 'application/x-ndjson; charset=utf-8',
    headers: { 'content-disposition': `attachment; filename="audit-${signer.log}.ndjson"` },
  };
}

/** Who looked at a household: entries on its report, and on what shows it among others (its chunk, its batch). */
export async function looksAt(
  pool: Pool,
  reportNo: string,
  alsoIn: readonly string[],
  form: 'full' | 'citizen',
): Promise<Looks> {
  const found = await listEntries(pool, {
    after: 0,
    limit: MOST_LOOKS,
    objects: [reportNo, ...alsoIn],
    regionPrefixes: null,
  });
  const items = found.map(itemOf).map(({ record: { at, seq, entry } }) => ({
    at,
    seq,
    action: entry.action,
    office: entry.actor.department,
    roles: entry.actor.roles,
    subject: form === 'full' ? entry.actor.subject : null,
    purpose: entry.purpose,
  }));
  return { reportNo, items };
}
