import { formatDay, type PolicyProposal, type PolicySummary, parseDay, ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { decodeCursor, defineRoute, encodeCursor } from '@hedui/http';
import { comparePolicies, policyDocumentOf, policyInForce } from '@hedui/means-test';
import type { Queryable } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findPolicy, listPolicies, policyCandidates, type StoredPolicy } from '../db/policies.js';
import { findProposal, openProposals, type StoredProposal } from '../db/proposals.js';
import type { Deps } from '../deps.js';
import { checkPolicy } from './check.js';
import { approvePolicy, publishPolicy, withdrawProposal } from './publish.js';
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

function proposalOf(proposal: StoredProposal): PolicyProposal {
  const { id, version, digest, state, proposedBy, decidedBy } = proposal;
  return {
    state,
    id,
    version,
    digest,
    title: titleOf(proposal),
    effectiveFrom: formatDay(proposal.effectiveFrom),
    proposedBy,
    proposedAt: proposal.proposedAt.toISOString(),
    decidedBy,
    decidedAt: proposal.decidedAt?.toISOString() ?? null,
  };
}

const inFull = (policy: StoredPolicy) => ({ ...summaryOf(policy), document: policyDocumentOf(policy.canonical) });

/** Throws HeduiError NOT_FOUND for what cannot be a policy's name. */
function versionNamed(params: { id: string; version: number }): { id: string; version: number } {
  const name = nameSchema.safeParse(params);
  if (!name.success) throw new HeduiError('NOT_FOUND');
  return name.data;
}

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

/** Check, publish or propose, approve, withdraw, list, read and compare policies. */
export function addPolicyRoutes(app: FastifyInstance, { pool, wakeSenders }: Deps): void {
  defineRoute(app, ROUTES.publishPolicy, async (call) => {
    const done = await publishPolicy(pool, call, call);
    if ('proposal' in done) return { status: 202, json: proposalOf(done.proposal) };
    if (done.created) wakeSenders();
    return { status: done.created ? 201 : 200, json: summaryOf(done.policy) };
  });

  defineRoute(app, ROUTES.approvePolicy, async (call) => {
    const { digest } = call.query;
    const { policy, created } = await approvePolicy(pool, { ...versionNamed(call.params), digest }, call);
    if (created) wakeSenders();
    return { status: created ? 201 : 200, json: summaryOf(policy) };
  });

  defineRoute(app, ROUTES.withdrawPolicyProposal, async (call) => ({
    json: proposalOf(await withdrawProposal(pool, versionNamed(call.params), call)),
  }));

  defineRoute(app, ROUTES.listPolicyProposals, async () => ({
    json: { items: (await openProposals(pool)).map(proposalOf) },
  }));

  defineRoute(app, ROUTES.getPolicyProposal, async ({ params }) => {
    const { id, version } = versionNamed(params);
    const proposal = await findProposal(pool, id, version);
    if (proposal === null) throw new HeduiError('NOT_FOUND');
    return { json: { ...proposalOf(proposal), document: policyDocumentOf(proposal.canonical) } };
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
