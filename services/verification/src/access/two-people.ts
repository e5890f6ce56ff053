import { actorOf, recordAudit, safeId } from '@hedui/audit';
import { type Caller, type ChunkId, type CorrelationId, purposeOf } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { Client } from '@hedui/postgres';
import { reportNoOf } from '../identifiers.js';
import type { CallerReach } from './reach.js';

/** Who acts, and under which correlation id it is recorded. */
export interface Act {
  caller: Caller;
  correlationId: CorrelationId;
}

/** The same of an act on a household, with what the caller may see. */
export type HouseholdAct = Act & { reach: CallerReach };

/** The second person that a caller brings along, who has to be another one; null: somebody else has to agree later. */
export function secondOf({ subject, secondedBy }: Pick<Caller, 'subject' | 'secondedBy'>): string | null {
  return secondedBy === subject ? null : secondedBy;
}

/** Who agrees, by this call, to what `askedBy` asked for. Throws HeduiError SECOND_PERSON_NEEDED when that would be the same person. */
export function agreeing({ subject, secondedBy }: Pick<Caller, 'subject' | 'secondedBy'>, askedBy: string): string {
  const by = subject === askedBy ? secondedBy : subject;
  if (by === null || by === askedBy) throw new HeduiError('SECOND_PERSON_NEEDED');
  return by;
}

/** What two people decide about one report. `details`: who agreed, and the number of the wish itself. */
export interface ReportWish {
  chunkId: ChunkId;
  place: number;
  reason: string;
  reference: string | null;
  askedBy: string;
}

/** Records a step of such a decision. Last in the transaction, as every entry. */
export async function recordWish(
  client: Client,
  action: string,
  { chunkId, place, reason, reference, askedBy }: ReportWish,
  details: Readonly<Record<string, string | null>>,
  { region, programme }: { region: string; programme: string },
  { caller, correlationId }: Act,
): Promise<void> {
  await recordAudit(client, {
    action,
    actor: actorOf(caller),
    object: { kind: 'report', id: reportNoOf(chunkId, place) },
    purpose: purposeOf(programme),
    region,
    correlationId,
    details: {
      ...details,
      reason,
      reference: reference === null ? null : safeId(reference),
      askedBy: safeId(askedBy),
    },
  });
}
