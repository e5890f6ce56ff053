import { recordAudit, SYSTEM } from '@hedui/audit';
import type { Client } from '@hedui/postgres';

/** Puts a step of a rotation of the pseudonym key on record; the last statement of the transaction that takes it. */
export function recordKeyStep(
  client: Client,
  { from, to }: { from: string; to: string },
  step: 'begun' | 'doubled' | 'switched' | 'done',
): Promise<void> {
  return recordAudit(client, {
    action: `keys.${step}`,
    actor: SYSTEM,
    object: { kind: 'pseudonym_key', id: to },
    details: { from },
  });
}

/** Everything stands under this key of the ring. */
export function recordResealed(client: Client, key: string): Promise<void> {
  return recordAudit(client, { action: 'keys.resealed', actor: SYSTEM, object: { kind: 'ring_key', id: key } });
}
