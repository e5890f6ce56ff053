import { type AuditSigner, auditExport, auditPage, createCallAudit } from '@hedui/audit';
import { ROUTES } from '@hedui/contracts';
import { type AuditCall, defineRoute } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';

/** Looks into the log itself; what changes rights and keys is recorded with the change. */
export function auditCalls(pool: Pool): AuditCall {
  const record = createCallAudit({ pool, except: new Set() });
  return async (contract, call) => {
    if (contract.tag === 'audit') await record(contract, call);
  };
}

/** The audit log of this service: changes of rights, logins, signing keys. */
export function addAuditRoutes(app: FastifyInstance, pool: Pool, signer: AuditSigner): void {
  defineRoute(app, ROUTES.listAudit, async ({ query, caller }) => ({ json: await auditPage(pool, query, caller) }));
  defineRoute(app, ROUTES.exportAudit, async ({ query, caller }) => auditExport(pool, signer, query, caller));
}
