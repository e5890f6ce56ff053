import { type ServerResponse, STATUS_CODES } from 'node:http';
import { type InputError, PROBLEMS, type Problem, type ProblemCode } from '@hedui/contracts';
import { describeError, type HeduiError, heduiError, isUnavailable } from '@hedui/errors';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { validationErrors } from './validation.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
/** Seconds after which a caller may try again when a part of the mesh is away. */
const RETRY_AFTER_SECONDS = 5;
const retryable: ReadonlySet<ProblemCode> = new Set(['STORAGE_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE', 'RATE_LIMITED']);

export interface ProblemDetails {
  detail?: string | undefined;
  instance?: string | undefined;
  correlationId?: string | undefined;
  errors?: readonly InputError[] | undefined;
}

/** The RFC 9457 object of a code: status and bilingual title come from the contracts' table. */
export function problemOf(code: ProblemCode, details: ProblemDetails = {}): Problem {
  const { status, zh, en } = PROBLEMS[code];
  return {
    type: 'about:blank',
    title: `${zh} / ${en}`,
    status,
    code,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    ...(details.instance === undefined ? {} : { instance: details.instance }),
    ...(details.correlationId === undefined ? {} : { correlationId: details.correlationId }),
    ...(details.errors === undefined ? {} : { errors: [...details.errors] }),
  };
}

/** Answers with the problem; codes that may be tried again carry Retry-After unless one is set already. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ProblemCode,
  details: ProblemDetails = {},
): FastifyReply {
  const problem = problemOf(code, { correlationId: request.id, ...details });
  if (retryable.has(code) && !reply.hasHeader('retry-after')) reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="hedui"');
  return reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem));
}

/** Fastify's own refusals, by its error code, then by its status. */
const frameworkCodes: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  ECONNRESET: 'BODY_BROKEN_OFF',
};
const statusCodes: Readonly<Record<number, ProblemCode>> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  429: 'RATE_LIMITED',
};

function problemOfHedui(request: FastifyRequest, reply: FastifyReply, error: HeduiError): FastifyReply {
  return sendProblem(request, reply, error.code, { detail: error.detail, errors: error.errors });
}

/** Turns whatever was thrown into a problem. What is not foreseen becomes INTERNAL: the log knows more, the caller does not. */
export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = heduiError(error);
  if (known) {
    const { status } = PROBLEMS[known.code];
    if (status >= 500) request.log.error({ err: error, code: known.code }, 'the request failed');
    return problemOfHedui(request, reply, known);
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = validationErrors(error.validation, checkedPart(request, error.validationContext));
    // A path that no resource can have is not found; the caller learns why all the same.
    return sendProblem(request, reply, error.validationContext === 'params' ? 'NOT_FOUND' : 'BODY_INVALID', { errors });
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    const code = frameworkCodes[error.code] ?? statusCodes[status] ?? 'BODY_INVALID';
    return sendProblem(request, reply, code);
  }
  // A store that went away between two statements: nothing was accepted, and the caller may come again.
  if (isUnavailable(error)) {
    request.log.error({ err: error, code: 'STORAGE_UNAVAILABLE' }, 'the request failed');
    return sendProblem(request, reply, 'STORAGE_UNAVAILABLE');
  }
  request.log.error({ err: error }, 'the request failed unexpectedly');
  return sendProblem(request, reply, 'INTERNAL');
}

function checkedPart(request: FastifyRequest, part: string | undefined): unknown {
  if (part === 'querystring') return request.query;
  if (part === 'headers') return request.headers;
  return part === 'params' ? request.params : request.body;
}

/** For an answer outside Fastify's reach: a request that could not be read as HTTP. */
export function rawProblem(code: ProblemCode): string {
  const problem = problemOf(code);
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

/** Says in the log that an answer which had begun ended in an error; the client sees its connection end. */
export function logBrokenAnswer(request: FastifyRequest, response: ServerResponse, error: unknown): void {
  if (response.destroyed) request.log.debug({ reason: describeError(error) }, 'the client left during the answer');
  else request.log.error({ err: error }, 'an answer broke off');
}
