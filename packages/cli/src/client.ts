import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  type AuditPage,
  type Authorisation,
  auditPageSchema,
  authorisationSchema,
  type Batch,
  batchSchema,
  type CitizenAccount,
  citizenAccountSchema,
  type DeadLetterView,
  type DetectionRates,
  type Doctor,
  deadLettersPageSchema,
  deadLetterViewSchema,
  doctorSchema,
  type Evidence,
  evidenceSchema,
  type KeyRotations,
  keyRotationsSchema,
  type Load,
  loadSchema,
  type Policy,
  type PolicyCheck,
  type PolicyComparison,
  type PolicyProposal,
  type PolicySummary,
  type Problem,
  policyCheckSchema,
  policyComparisonSchema,
  policyListSchema,
  policyProposalListSchema,
  policyProposalSchema,
  policySchema,
  policySummarySchema,
  problemSchema,
  type Receipt,
  type Replay,
  type Report,
  type ReportExplanation,
  type Retention,
  ratesSchema,
  receiptSchema,
  replaySchema,
  reportExplanationSchema,
  reportSchema,
  retentionSchema,
  type SourceStatus,
  sourcesSchema,
  type Withdrawal,
  withdrawalSchema,
} from '@hedui/contracts';
import { createParser } from 'eventsource-parser';
import { Agent, type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { accessOf } from './call-access.js';
import { lostConnection, type Passing, type Patience, patiently, QUIETLY_PATIENT, retryAfterMs } from './patience.js';
import type { Profile } from './profile.js';

/** The service refused: its problem document, as it came. */
export class ServiceRefused extends Error {
  constructor(
    readonly problem: Problem,
    /** What the service asks the caller to wait, in milliseconds. */
    readonly retryAfter: number | null = null,
  ) {
    super(`${problem.code}: ${problem.title}`);
    this.name = 'ServiceRefused';
  }
}

/** The service could not be reached, or what answered is not Hedui. */
export class ServiceUnreachable extends Error {
  readonly code = 'SERVICE_UNREACHABLE';
}

type DeadLettersPage = z.infer<typeof deadLettersPageSchema>;
type Query = Readonly<Record<string, string | boolean | undefined>>;
/** A file is opened anew for each attempt; a stream that was read from cannot be sent again. */
export type UploadBody = Readable | (() => Readable);
type Body = UploadBody | string;

interface CallOptions {
  query?: Query;
  body?: Body;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal;
  /** Instead of the login that the profile has for this call. */
  token?: string;
}

/** A typed client of the REST API. Each method is one call; streams are never held in memory. */
export interface Client {
  readonly url: string;
  sources(): Promise<SourceStatus[]>;
  createLoad(source: string, recordType: string, query: Query, body: UploadBody, contentType: string): Promise<Load>;
  load(id: string): Promise<Load>;
  confirmLoad(id: string): Promise<Load>;
  loadRejects(id: string): Promise<Readable>;
  /** The published version, approved by the profile's second person where it has one; else the proposal that waits for another policy maker. */
  publishPolicy(text: string, contentType: string): Promise<PolicySummary | PolicyProposal>;
  /** Versions that nobody has decided on. */
  policyProposals(): Promise<PolicyProposal[]>;
  approvePolicy(id: string, version: number, digest?: string): Promise<PolicySummary>;
  withdrawPolicy(id: string, version: number): Promise<PolicyProposal>;
  checkPolicy(text: string, contentType: string): Promise<PolicyCheck>;
  policies(): Promise<PolicySummary[]>;
  policy(id: string, version: number): Promise<Policy>;
  /** The version in force on a date, YYYY-MM-DD. */
  policyInForce(id: string, asOf: string): Promise<Policy>;
  comparePolicies(id: string, version: number, other: number): Promise<PolicyComparison>;
  /** An empty file with the header row, for a source's record type or for households. */
  template(kind: { source: string; recordType: string } | 'households', format: string): Promise<Readable>;
  createBatch(query: Query, body: UploadBody, contentType: string): Promise<Batch>;
  batch(id: string): Promise<Batch>;
  cancelBatch(id: string): Promise<Batch>;
  /** Yields the batch at each change until it is done or cancelled; ends early when the connection does. */
  batchEvents(id: string): AsyncGenerator<Batch>;
  batchReports(id: string): Promise<Readable>;
  batchRejects(id: string): Promise<Readable>;
  report(reportNo: string): Promise<Report | null>;
  /** The report as a document; fails with 202's note when it is not ready. */
  reportDocument(reportNo: string, query: Query): Promise<Readable>;
  /** Null while the report is being made. */
  explainReport(reportNo: string): Promise<ReportExplanation | null>;
  /** Computes a report again; `today` asks as well what today's data would say. */
  replayReport(reportNo: string, today: boolean): Promise<Replay>;
  rates(query: Query): Promise<DetectionRates>;
  /** The record behind a finding, by its place in the report from 1; masked unless an unmasking is granted. */
  evidence(reportNo: string, finding: number, unmasked: boolean): Promise<Evidence>;
  /** Erases what was kept long enough; `dryRun` counts only. */
  retention(dryRun: boolean): Promise<Retention>;
  /** What proves that a report stands in the audit log. */
  receipt(reportNo: string): Promise<Receipt>;
  audit(query: Query): Promise<AuditPage>;
  /** The whole log of a service, line by line. */
  auditExport(query: Query): Promise<Readable>;
  /** How far rotations of keys are. */
  keyRotations(): Promise<KeyRotations>;
  /** The service judges the bodies of these four. */
  registerAuthorisation(body: unknown): Promise<Authorisation>;
  signAuthorisation(authorisationId: string, body: unknown): Promise<Authorisation>;
  withdrawAuthorisation(body: unknown): Promise<Withdrawal>;
  citizenAccount(body: unknown): Promise<CitizenAccount>;
  /** Calls without a method of their own, for commands that only print the answer. */
  get<S extends z.ZodType>(schema: S, path: string): Promise<z.infer<S>>;
  post<S extends z.ZodType>(schema: S, path: string, body?: object): Promise<z.infer<S>>;
  deadLetters(query: Query): Promise<DeadLettersPage>;
  deadLetter(id: string): Promise<DeadLetterView>;
  replayDeadLetter(id: string): Promise<DeadLetterView>;
  mendDeadLetter(id: string): Promise<DeadLetterView>;
  /** The service judges the reason. */
  discardDeadLetter(id: string, discard: unknown): Promise<DeadLetterView>;
  /** Every service checks itself. */
  doctor(): Promise<Doctor>;
  close(): Promise<void>;
}

/** `patience`: how long a call is tried again when the service is away; every repeat of a POST carries its Idempotency-Key. */
export function createClient(profile: Profile, patience: Patience = QUIETLY_PATIENT): Client {
  // Uploads and exports of millions of rows take minutes: only silence between bytes of a small answer is an error.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } });

  const tokenFor = async (method: 'GET' | 'POST', path: string): Promise<string> =>
    profile.choose ? await profile.choose(accessOf(method, path)) : profile.token;

  async function call(
    method: 'GET' | 'POST',
    path: string,
    options: CallOptions = {},
  ): Promise<Dispatcher.ResponseData> {
    const target = new URL(path, profile.url);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, String(value));
    }
    const key = method === 'POST' ? { 'idempotency-key': randomUUID() } : {};
    const attempt = () => {
      const body = openBody(options.body);
      return body === undefined ? null : once(target, method, path, { ...options, body }, key);
    };
    return patiently(attempt, passing, patience);
  }

  async function once(
    target: URL,
    method: 'GET' | 'POST',
    path: string,
    options: Omit<CallOptions, 'body'> & { body: Readable | string | null },
    key: Readonly<Record<string, string>>,
  ): Promise<Dispatcher.ResponseData> {
    let answer: Dispatcher.ResponseData;
    try {
      answer = await request(target, {
        method,
        dispatcher,
        headers: {
          authorization: `Bearer ${options.token ?? (await tokenFor(method, path))}`,
          accept: options.accept ?? 'application/json',
          ...(options.contentType ? { 'content-type': options.contentType } : {}),
          ...key,
        },
        body: options.body,
        ...(options.signal ? { signal: options.signal } : {}),
      });
    } catch (cause) {
      const reason = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : 'unknown';
      throw new ServiceUnreachable(`cannot reach ${target.origin} (${reason}). Is the installation running?`, {
        cause,
      });
    }
    if (answer.statusCode < 400) return answer;
    const text = await answer.body.text();
    const problem = problemSchema.safeParse(parseJson(text));
    const wait = retryAfterMs(answer.headers['retry-after'], Date.now());
    if (problem.success) throw new ServiceRefused(problem.data, wait);
    throw new ServiceUnreachable(`${target.origin} answered ${answer.statusCode} without a problem document`);
  }

  async function json<S extends z.ZodType>(schema: S, answer: Promise<Dispatcher.ResponseData>): Promise<z.infer<S>> {
    const { body } = await answer;
    const parsed = schema.safeParse(parseJson(await body.text()));
    if (!parsed.success)
      throw new ServiceUnreachable(`${profile.url} answered in a form that this program does not know`);
    return parsed.data;
  }

  /** Null when the answer is 202: the report is still being made. */
  async function jsonWhenReady<S extends z.ZodType>(schema: S, path: string): Promise<z.infer<S> | null> {
    const answer = await call('GET', path);
    if (answer.statusCode !== 202) return await json(schema, Promise.resolve(answer));
    await answer.body.dump();
    return null;
  }

  const stream = async (path: string, accept: string): Promise<Readable> => (await call('GET', path, { accept })).body;
  const id = encodeURIComponent;
  const postJson = (path: string, body: unknown) =>
    call('POST', path, { body: JSON.stringify(body), contentType: 'application/json' });

  return {
    url: profile.url,
    sources: async () => (await json(sourcesSchema, call('GET', '/v1/sources'))).items,
    createLoad: (source, recordType, query, body, contentType) =>
      json(loadSchema, call('POST', `/v1/sources/${id(source)}/${id(recordType)}/loads`, { query, body, contentType })),
    load: (loadId) => json(loadSchema, call('GET', `/v1/loads/${id(loadId)}`)),
    confirmLoad: (loadId) => json(loadSchema, call('POST', `/v1/loads/${id(loadId)}/confirm`)),
    loadRejects: (loadId) => stream(`/v1/loads/${id(loadId)}/rejects?format=csv`, 'text/csv'),
    publishPolicy: async (text, contentType) => {
      const published = await json(
        z.union([policyProposalSchema, policySummarySchema]),
        call('POST', '/v1/policies', { body: text, contentType }),
      );
      const token = 'state' in published ? profile.second?.('policy_maker') : undefined;
      if (token === undefined) return published;
      const path = `/v1/policies/${id(published.id)}/versions/${published.version}/approval`;
      return await json(policySummarySchema, call('POST', path, { token, query: { digest: published.digest } }));
    },
    policyProposals: async () => (await json(policyProposalListSchema, call('GET', '/v1/policy-proposals'))).items,
    approvePolicy: (policyId, version, digest) =>
      json(
        policySummarySchema,
        call('POST', `/v1/policies/${id(policyId)}/versions/${version}/approval`, { query: { digest } }),
      ),
    withdrawPolicy: (policyId, version) =>
      json(policyProposalSchema, call('POST', `/v1/policies/${id(policyId)}/versions/${version}/withdrawal`)),
    checkPolicy: (text, contentType) =>
      json(policyCheckSchema, call('POST', '/v1/policies/check', { body: text, contentType })),
    policies: async () => (await json(policyListSchema, call('GET', '/v1/policies?limit=1000'))).items,
    template: (kind, format) =>
      stream(
        kind === 'households'
          ? `/v1/templates/households?format=${id(format)}`
          : `/v1/sources/${id(kind.source)}/${id(kind.recordType)}/template?format=${id(format)}`,
        '*/*',
      ),
    policy: (policyId, version) => json(policySchema, call('GET', `/v1/policies/${id(policyId)}/versions/${version}`)),
    policyInForce: (policyId, asOf) =>
      json(policySchema, call('GET', `/v1/policies/${id(policyId)}`, { query: { asOf } })),
    comparePolicies: (policyId, version, other) =>
      json(
        policyComparisonSchema,
        call('GET', `/v1/policies/${id(policyId)}/versions/${version}/compare`, { query: { with: String(other) } }),
      ),
    createBatch: (query, body, contentType) =>
      json(batchSchema, call('POST', '/v1/batches', { query, body, contentType })),
    batch: (batchId) => json(batchSchema, call('GET', `/v1/batches/${id(batchId)}`)),
    cancelBatch: (batchId) => json(batchSchema, call('POST', `/v1/batches/${id(batchId)}/cancel`)),
    batchEvents: async function* (batchId) {
      const body = await stream(`/v1/batches/${id(batchId)}/events`, 'text/event-stream');
      const found: Batch[] = [];
      const parser = createParser({
        onEvent: (event) => {
          const batch = batchSchema.safeParse(parseJson(event.data));
          if (event.event === 'batch' && batch.success) found.push(batch.data);
        },
      });
      body.setEncoding('utf8');
      for await (const piece of body) {
        parser.feed(String(piece));
        yield* found.splice(0);
      }
    },
    batchReports: (batchId) => stream(`/v1/batches/${id(batchId)}/reports`, 'application/x-ndjson'),
    batchRejects: (batchId) => stream(`/v1/batches/${id(batchId)}/rejects?format=csv`, 'text/csv'),
    report: (reportNo) => jsonWhenReady(reportSchema, `/v1/reports/${id(reportNo)}`),
    reportDocument: async (reportNo, query) => {
      const answer = await call('GET', `/v1/reports/${id(reportNo)}/document`, { query, accept: '*/*' });
      if (answer.statusCode !== 202) return answer.body;
      await answer.body.dump();
      throw new ServiceUnreachable(`report ${reportNo} is not ready yet`);
    },
    explainReport: (reportNo) => jsonWhenReady(reportExplanationSchema, `/v1/reports/${id(reportNo)}/explanation`),
    evidence: (reportNo, finding, unmasked) =>
      json(
        evidenceSchema,
        call('GET', `/v1/reports/${id(reportNo)}/findings/${finding}/evidence`, { query: { unmasked } }),
      ),
    retention: (dryRun) => json(retentionSchema, call('POST', '/v1/retention', { query: { dryRun } })),
    replayReport: (reportNo, today) =>
      json(replaySchema, call('POST', `/v1/reports/${id(reportNo)}/replay`, { query: { today } })),
    rates: (query) => json(ratesSchema, call('GET', '/v1/detection-rates', { query })),
    receipt: (reportNo) => json(receiptSchema, call('GET', `/v1/reports/${id(reportNo)}/receipt`)),
    audit: (query) => json(auditPageSchema, call('GET', '/v1/audit', { query })),
    auditExport: async (query) =>
      (await call('GET', '/v1/audit/export', { query, accept: 'application/x-ndjson' })).body,
    keyRotations: () => json(keyRotationsSchema, call('GET', '/v1/keys/rotations')),
    registerAuthorisation: (body) => json(authorisationSchema, postJson('/v1/authorisations', body)),
    signAuthorisation: (authorisationId, body) =>
      json(authorisationSchema, postJson(`/v1/authorisations/${id(authorisationId)}/signature`, body)),
    withdrawAuthorisation: (body) => json(withdrawalSchema, postJson('/v1/authorisations/withdrawals', body)),
    citizenAccount: (body) => json(citizenAccountSchema, postJson('/v1/citizen-accounts', body)),
    get: (schema, path) => json(schema, call('GET', path)),
    post: (schema, path, body) =>
      json(schema, call('POST', path, body ? { body: JSON.stringify(body), contentType: 'application/json' } : {})),
    deadLetters: (query) => json(deadLettersPageSchema, call('GET', '/v1/dead-letters', { query })),
    deadLetter: (letterId) => json(deadLetterViewSchema, call('GET', `/v1/dead-letters/${id(letterId)}`)),
    replayDeadLetter: (letterId) => json(deadLetterViewSchema, call('POST', `/v1/dead-letters/${id(letterId)}/replay`)),
    mendDeadLetter: (letterId) => json(deadLetterViewSchema, call('POST', `/v1/dead-letters/${id(letterId)}/mend`)),
    discardDeadLetter: (letterId, discard) =>
      json(deadLetterViewSchema, postJson(`/v1/dead-letters/${id(letterId)}/discard`, discard)),
    doctor: () => json(doctorSchema, call('GET', '/v1/doctor')),
    close: () => dispatcher.close(),
  };
}

/** Undefined for a stream that was read from: it cannot be sent again. */
function openBody(body: Body | undefined): Readable | string | null | undefined {
  if (typeof body === 'function') return body();
  if (body === undefined || typeof body === 'string') return body ?? null;
  return body.readableDidRead || body.destroyed ? undefined : body;
}

/** Whoever is away may come back: a lost connection, 429, 503, and a repeat that finds its first attempt under way. */
function passing(error: unknown): Passing | null {
  if (error instanceof ServiceRefused) {
    const { status, code } = error.problem;
    const underWay = code === 'IDEMPOTENCY_UNDER_WAY';
    return status === 429 || status === 503 || underWay ? { why: code, afterMs: error.retryAfter, underWay } : null;
  }
  const lost = lostConnection(error);
  return lost === null ? null : { why: lost, afterMs: null, underWay: false };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
