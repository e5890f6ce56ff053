import { createCallAudit, merkleRoot, type ObjectFacts } from '@hedui/audit';
import { purposeOf } from '@hedui/contracts';
import type { AuditCall } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import { chunkRoots, householdFacts } from '../db/audit-chunks.js';
import { isBatchId, readReportNo } from '../identifiers.js';

/** Recorded in the transaction of the act itself or before the look, or without anybody in them. */
const EXCEPT = new Set([
  // acts that record themselves
  'publishPolicy',
  'approvePolicy',
  'withdrawPolicyProposal',
  'askUnmasking',
  'grantUnmasking',
  'registerAuthorisation',
  'getAuthorisation',
  'signAuthorisation',
  'withdrawAuthorisation',
  'readCitizenAccount',
  'createBatch',
  'cancelBatch',
  'getFindingEvidence',
  'askErasure',
  'agreeErasure',
  'runRetention',
  // nothing is kept and nobody is shown
  'checkPolicy',
  // counts and states of batches
  'listBatches',
  'getBatch',
  'getBatchEvents',
  'getHouseholdTemplate',
]);

/** Records what callers of this service see and do; see packages/audit. */
export function auditCalls(pool: Pool): AuditCall {
  return createCallAudit({
    pool,
    except: EXCEPT,
    async describe({ id: route }, { kind, id }, { status }): Promise<ObjectFacts> {
      // Its answer says where the household lives and what it is looked at for; it is in no batch.
      if (route === 'createVerification' && status === 200) return { details: { batch: null } };
      if (kind === 'report') {
        const at = readReportNo(id);
        const facts = at && (await householdFacts(pool, at.chunkId, at.place));
        if (!facts) return {};
        const { region, programme, batchId } = facts;
        return { region, purpose: purposeOf(programme), details: { batch: batchId } };
      }
      if (route !== 'getBatchReports' || !isBatchId(id)) return {};
      const { roots, households } = await chunkRoots(pool, id);
      return {
        covers: { count: households, root: merkleRoot(roots).toString('hex') },
        details: { chunks: roots.length },
      };
    },
  });
}
