import { formatDay, type PolicySummary, parseDay, ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { decodeCursor, defineRoute, encodeCursor } from '@hedui/http';
import { comparePolicies, policyDocumentOf, policyInForce } from '@hedui/means-test';
import type { Queryable } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findPolicy, listPolicies, policyCandidates, type StoredPolicy } from '../db/policies.js';
import type { Deps } from '../deps.js';
import { checkPolicy } from './check.js';
import { publishPolicy } from './publish.js';
import { titleOf } from './title.js';

const DEFAULT_LIMIT = 100;
const idSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const versionSchema = z.int().min(1).max(1_000_000_000);
const nameSchema = z.object({ id: idSchema, version: versionSchema });

function summaryOf(policy: StoredPolicy): PolicySummary {
  const { id, version, digest } = policy;
  return {
    id,
    version,
    digest,
    title: titleOf(policy),
    effectiveFrom: formatDay(policy.effectiveFrom),
    publishedAt: policy.publishedAt.toISOString(),
  };
}

const inFull = (policy: StoredPolicy) => ({ ...summaryOf(policy), document: policyDocumentOf(policy.canonical) });

/** Throws HeduiError NOT_FOUND; what cannot be a policy's name would not even be a question that the database accepts. */
async function policyNamed(db: Queryable, id: string, version: number): Promise<StoredPolicy> {
  const name = nameSchema.safeParse({ id, version });
  const policy = name.success ? await findPolicy(db, name.data.id, name.data.version) : null;
  if (policy === null) throw new HeduiError('NOT_FOUND');
  return policy;
}

function readCursor(text: string): { id: string; version: number } {
  const cursor = nameSchema.safeParse(decodeCursor(text));
  if (!cursor.success) throw new HeduiError('CURSOR_INVALID');
  return cursor.data;
}

/** Check, publish, list, read and compare policies. */
export function addPolicyRoutes(app: FastifyInstance, { pool, wakeSenders }: Deps): void {
  defineRoute(app, ROUTES.publishPolicy, async (call) => {
    const { policy, created } = await publishPolicy(pool, call, call.correlationId);
    if (created) wakeSenders();
    return { status: created ? 201 : 200, json: summaryOf(policy) };
  });

  defineRoute(app, ROUTES.listPolicies, async ({ query }) => {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const found = await listPolicies(pool, query.cursor === undefined ? null : readCursor(query.cursor), limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = found.length > limit && last ? encodeCursor({ id: last.id, version: last.version }) : null;
    return { json: { items: items.map(summaryOf), next } };
  });

  defineRoute(app, ROUTES.checkPolicy, async (call) => ({ json: await checkPolicy(pool, call) }));

  defineRoute(app, ROUTES.getPolicy, async ({ params }) => ({
    json: inFull(await policyNamed(pool, params.id, params.version)),
  }));

  defineRoute(app, ROUTES.getPolicyInForce, async ({ params: { id }, query }) => {
    const asOf = parseDay(query.asOf ?? '');
    if (asOf === null) throw new HeduiError('AS_OF_INVALID');
    const candidates = idSchema.safeParse(id).success ? await policyCandidates(pool, id) : [];
    const chosen = policyInForce(candidates, asOf);
    if (chosen === null) throw new HeduiError('NOT_FOUND', { detail: 'no version is in force at the as-of date' });
    return { json: inFull(await policyNamed(pool, id, chosen.version)) };
  });

  defineRoute(app, ROUTES.comparePolicies, async ({ params, query }) => {
    const before = await policyNamed(pool, params.id, params.version);
    const after = await policyNamed(pool, params.id, query.with);
    const changes = comparePolicies(before.canonical, after.canonical);
    return { json: { id: params.id, before: summaryOf(before), after: summaryOf(after), changes } };
  });
}
