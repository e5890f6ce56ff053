import { type AuditSigner, auditExport, auditPage, createCallAudit } from '@hedui/audit';
import { ROUTES } from '@hedui/contracts';
import { type AuditCall, defineRoute } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';

/** Acts that are recorded in their own transactions, and looks that record themselves, with the report that they are for. */
const EXCEPT: ReadonlySet<string> = new Set(['createLoad', 'confirmLoad', 'readSourceRecord']);

/** Records looks at reject lists and into the log. */
export const auditCalls = (pool: Pool): AuditCall => createCallAudit({ pool, except: EXCEPT });

/** The audit log of a source. */
export function addAuditRoutes(app: FastifyInstance, pool: Pool, signer: AuditSigner): void {
  defineRoute(app, ROUTES.listAudit, async ({ query, caller }) => ({ json: await auditPage(pool, query, caller) }));
  defineRoute(app, ROUTES.exportAudit, async ({ query, caller }) => auditExport(pool, signer, query, caller));
}
