import { formatDay, type PolicySummary, ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { decodeCursor, defineRoute, encodeCursor, mediaType } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findPolicy, listPolicies, type StoredPolicy } from '../db/policies.js';
import type { Deps } from '../deps.js';
import { publishPolicy } from './publish.js';

const DEFAULT_LIMIT = 100;
const idSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const versionSchema = z.int().min(1).max(1_000_000_000);
const nameSchema = z.object({ id: idSchema, version: versionSchema });
const documentSchema = z.record(z.string(), z.unknown());
const titleSchema = z.object({ title: z.object({ zh: z.string(), en: z.string() }).optional() });

function documentOf(policy: StoredPolicy): Record<string, unknown> {
  return documentSchema.parse(JSON.parse(policy.canonical));
}

function summaryOf(policy: StoredPolicy): PolicySummary {
  const { id, version, digest } = policy;
  return {
    id,
    version,
    digest,
    title: titleSchema.parse(documentOf(policy)).title ?? { zh: id, en: id },
    effectiveFrom: formatDay(policy.effectiveFrom),
    publishedAt: policy.publishedAt.toISOString(),
  };
}

function readCursor(text: string): { id: string; version: number } {
  const cursor = nameSchema.safeParse(decodeCursor(text));
  if (!cursor.success) throw new HeduiError('CURSOR_INVALID');
  return cursor.data;
}

/** Publish, list and read policies. */
export function addPolicyRoutes(app: FastifyInstance, { pool, wakeSenders }: Deps): void {
  defineRoute(app, ROUTES.publishPolicy, async (call) => {
    const format = mediaType(call.contentType) === 'application/json' ? 'json' : 'yaml';
    const { policy, created } = await publishPolicy(pool, call.body, format, call.correlationId);
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

  defineRoute(app, ROUTES.getPolicy, async ({ params }) => {
    // What cannot be a policy's name would not even be a question that the database accepts.
    const name = nameSchema.safeParse(params);
    const policy = name.success ? await findPolicy(pool, name.data.id, name.data.version) : null;
    if (policy === null) throw new HeduiError('NOT_FOUND');
    return { json: { ...summaryOf(policy), document: documentOf(policy) } };
  });
}
