import type { PolicyCheck } from '@hedui/contracts';
import type { Queryable } from '@hedui/postgres';
import { findPolicy } from '../db/policies.js';
import { type PolicyBody, readPolicy } from './document-body.js';

/**
 * What publishing this document would do: changes nothing. Throws what `readPolicy` throws; a version that is published with
 * other content is an answer (`conflict`), for the document itself is in order.
 */
export async function checkPolicy(db: Queryable, sent: PolicyBody): Promise<PolicyCheck> {
  const { policy, digest, warnings } = await readPolicy(sent);
  const { id, version } = policy;
  const known = await findPolicy(db, id, version);
  const published = known === null ? 'new' : known.digest === digest ? 'same' : 'conflict';
  return { valid: true, id, version, digest, warnings, published };
}
