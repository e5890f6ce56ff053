import { actorOf, recordLook } from '@hedui/audit';
import { type Caller, type CorrelationId, purposeOf } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { CallerReach } from '../access/reach.js';
import { grantInForce } from '../db/unmaskings.js';
import type { Deps } from '../deps.js';
import { pending } from '../reports/pending.js';
import { findParts, openChunk, reportAt, unmaskedPersons } from '../reports/report.js';

/**
 * One report with names and document numbers, for whoever asked for it and was granted it, while the time lasts; recorded before it is
 * shown. Throws HeduiError NOT_FOUND, UNMASKING_NEEDED.
 */
export async function readUnmasked(
  { pool, ring, pseudonyms }: Pick<Deps, 'pool' | 'ring' | 'pseudonyms'>,
  reportNo: string,
  reach: CallerReach,
  { caller, correlationId }: { caller: Caller; correlationId: CorrelationId },
) {
  const { at, parts } = await findParts(reportNo, reach);
  const grant = await reach.read((db) => grantInForce(db, at, caller.subject));
  if (grant === null) throw new HeduiError('UNMASKING_NEEDED');
  const chunk = openChunk(parts, ring, pseudonyms);
  if (chunk === null) return pending(at.chunkId, at.place);
  const report = reportAt(chunk, at.place, unmaskedPersons);
  if (report === null) throw new HeduiError('NOT_FOUND');
  await recordLook(pool, {
    action: 'report.read.unmasked',
    actor: actorOf(caller),
    object: { kind: 'report', id: reportNo },
    purpose: purposeOf(parts.programme),
    region: parts.region,
    correlationId,
    details: { unmasking: grant.id, reason: grant.reason },
  });
  return { json: report };
}
