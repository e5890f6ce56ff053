import { AUDIT_ROUTES } from './routes/audit.js';
import { AUTHORISATION_ROUTES } from './routes/authorisations.js';
import { BATCH_ROUTES } from './routes/batches.js';
import type { RouteContract } from './routes/contract.js';
import { EVIDENCE_ROUTES } from './routes/evidence.js';
import { IDENTITY_ROUTES } from './routes/identity.js';
import { KEY_ROUTES } from './routes/keys.js';
import { OPERATION_ROUTES } from './routes/operations.js';
import { POLICY_ROUTES } from './routes/policies.js';
import { RATE_ROUTES } from './routes/rates.js';
import { REPORT_ROUTES } from './routes/reports.js';
import { SOURCE_ROUTES } from './routes/sources.js';
import { UNMASKING_ROUTES } from './routes/unmasking.js';

export * from './routes/contract.js';
export { INTERNAL_ROUTES } from './routes/evidence.js';

/** Every call of the REST API, in the order in which the documents show them. */
export const ROUTES = {
  ...SOURCE_ROUTES,
  ...POLICY_ROUTES,
  ...BATCH_ROUTES,
  ...REPORT_ROUTES,
  ...UNMASKING_ROUTES,
  ...EVIDENCE_ROUTES,
  ...RATE_ROUTES,
  ...AUTHORISATION_ROUTES,
  ...AUDIT_ROUTES,
  ...IDENTITY_ROUTES,
  ...KEY_ROUTES,
  ...OPERATION_ROUTES,
} as const satisfies Record<string, RouteContract>;
export type RouteName = keyof typeof ROUTES;
