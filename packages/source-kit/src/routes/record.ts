import { actorOf, recordLook, safeId } from '@hedui/audit';
import {
  type Day,
  type Fen,
  formatDay,
  formatMonth,
  formatYuan,
  INTERNAL_ROUTES,
  type Month,
  type SourceRecord,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Answer, defineRoute } from '@hedui/http';
import { maskIdNumber, maskMiddle, maskName } from '@hedui/identity-numbers';
import { type Pool, storageError } from '@hedui/postgres';
import type { Pseudonyms, Sealer } from '@hedui/privacy';
import type { ColumnSpec } from '@hedui/tables';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { openRecord } from '../db/evidence.js';
import { recordTypeIds } from '../db/state.js';
import type { SourceDefinition } from '../definition.js';
import type { OpenedName } from '../intake/evidence.js';
import type { RecordIds } from '../intake/record-ids.js';

/** What verification grants for a minute: one record, as it was at a load, to one caller, for one report. */
const grantSchema = z.object({
  source: z.string(),
  recordType: z.string(),
  recordId: z.string(),
  seq: z.int().nullable(),
  reportNo: z.string(),
  subject: z.string(),
  purpose: z.string(),
  region: z.string(),
  unmasked: z.boolean(),
});

export interface RecordRouteParts {
  pool: Pool;
  sealer: Sealer;
  pseudonyms: Pseudonyms;
  ids: RecordIds;
}

/**
 * Shows one record to whoever holds a token and a grant for it: who calls is the token's word, that they may see this record is
 * verification's. The look is recorded here before the answer leaves. Everything but dates, months, money and codes is masked, unless the
 * grant says otherwise.
 */
export function addRecordRoute(app: FastifyInstance, definition: SourceDefinition, parts: RecordRouteParts): void {
  const { pool, sealer, pseudonyms, ids } = parts;

  defineRoute(app, INTERNAL_ROUTES.readSourceRecord, async ({ headers, caller, correlationId }): Promise<Answer> => {
    const grant = grantSchema.safeParse(pseudonyms.evidenceGrants.read(headers['hedui-grant'])).data;
    if (!grant || grant.subject !== caller.subject) throw new HeduiError('FORBIDDEN');
    const type = definition.recordTypes.find((one) => one.type === grant.recordType);
    const typeId = type && (await recordTypeIds(pool, [type.type])).get(type.type);
    if (!type || typeId === undefined || grant.source !== definition.source) throw new HeduiError('NOT_FOUND');
    const found = await openRecord(pool, sealer, type, typeId, ids.atRest(grant.recordId), grant.seq).catch(
      rethrowStorage,
    );
    if (found === null) throw new HeduiError('NOT_FOUND');
    const { reportNo, purpose, region, unmasked, recordId } = grant;
    await recordLook(pool, {
      action: unmasked ? 'record.read.unmasked' : 'record.read',
      actor: actorOf(caller),
      object: { kind: 'record', id: safeId(`${type.type}/${recordId}`) },
      purpose,
      region,
      correlationId,
      details: { report: reportNo },
    });
    const someone = (who: OpenedName) => ({
      idType: who.idType,
      idNumber: unmasked ? who.idNumber : maskIdNumber(who.idNumber),
      name: unmasked ? who.name : maskName(who.name),
    });
    const values = type.columns.flatMap((column): [string, string | number | null][] =>
      column.name in found.cells ? [[column.name, shown(column, found.cells[column.name], unmasked)]] : [],
    );
    const json: SourceRecord = {
      source: definition.source,
      recordType: type.type,
      recordId,
      person: someone(found.person),
      other: found.other && someone(found.other),
      values: Object.fromEntries(values),
      changedSince: found.changedSince,
    };
    return { json };
  });
}

/** A cell as it is shown: what decides is dates, months, money and codes; who else is named is not. */
function shown({ kind }: ColumnSpec, value: unknown, unmasked: boolean): string | number | null {
  if (typeof value === 'number') {
    if (kind.is === 'day') return formatDay(value as Day);
    if (kind.is === 'month') return formatMonth(value as Month);
    if (kind.is === 'money') return formatYuan(value as Fen);
    return value;
  }
  if (typeof value !== 'string') return null;
  if (unmasked || (kind.is !== 'identifier' && kind.is !== 'text')) return value;
  if (kind.is === 'text') return maskName(value);
  return [...value].length > 6 ? maskMiddle(value, 2, 2) : maskMiddle(value, 1, 1);
}

function rethrowStorage(error: unknown): never {
  throw storageError(error);
}
