import { type AuditSigner, auditExport, auditPage, createCallAudit } from '@hedui/audit';
import { ROUTES } from '@hedui/contracts';
import { type AuditCall, defineRoute } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';

const RECORD_THEMSELVES: ReadonlySet<string> = new Set(['replayDeadLetter', 'mendDeadLetter', 'discardDeadLetter']);

/** Records who asked for which rates: small groups of households are households too. */
export const auditCalls = (pool: Pool): AuditCall => createCallAudit({ pool, except: RECORD_THEMSELVES });

/** The audit log of this service. */
export function addAuditRoutes(app: FastifyInstance, pool: Pool, signer: AuditSigner): void {
  defineRoute(app, ROUTES.listAudit, async ({ query, caller }) => ({ json: await auditPage(pool, query, caller) }));
  defineRoute(app, ROUTES.exportAudit, async ({ query, caller }) => auditExport(pool, signer, query, caller));
}
