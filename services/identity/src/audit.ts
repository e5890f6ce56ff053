import { type AuditActor, type AuditDetails, actorOf, recordAudit, SYSTEM } from '@hedui/audit';
import type { Caller, CorrelationId, Rights } from '@hedui/contracts';
import type { Client } from '@hedui/postgres';

/** Who does something, and in which call. */
export interface Doer {
  actor: AuditActor;
  correlationId: string | null;
}

export const callerDoes = (call: { caller: Caller; correlationId: CorrelationId }): Doer => ({
  actor: actorOf(call.caller),
  correlationId: call.correlationId,
});
/** A person who logs in has shown no token yet. */
export const personDoes = (id: string, correlationId: string): Doer => ({
  actor: { subject: id, roles: [], department: null },
  correlationId,
});
export const SERVICE_DOES: Doer = { actor: SYSTEM, correlationId: null };

const LONGEST = 200;
const list = (all: readonly string[]) => {
  const text = all.join(' ');
  return text.length <= LONGEST ? text : `${all.length} of them`;
};

/** Rights as the log keeps them. */
export const rightsDetails = (rights: Rights): AuditDetails => ({
  roles: list(rights.roles),
  regions: list(rights.regions),
  purposes: list(rights.purposes),
  sources: list(rights.sources),
  department: rights.department,
});

/** Records a change as the last statement of its transaction. */
export async function recordChange(
  client: Client,
  doer: Doer,
  action: string,
  object: { kind: 'user' | 'client' | 'signing_key' | 'account'; id: string },
  details: AuditDetails = {},
): Promise<void> {
  await recordAudit(client, { action, actor: doer.actor, object, correlationId: doer.correlationId, details });
}
