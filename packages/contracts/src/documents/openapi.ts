import type { z } from 'zod';
import { PROBLEMS, problemSchema, ROW_CODES } from '../http/problem.js';
import { isStream, ROUTES, type RouteContract, type RouteName, type StreamShape } from '../http/routes.js';
import { EXAMPLES, type RouteExample } from './examples.js';
import { columnTable, FILE_KINDS, HOUSEHOLD_FILE } from './file-kinds.js';
import { createSchemaCollector, type Json, type JsonObject, type SchemaCollector } from './json-schemas.js';

const TAGS: Record<RouteContract['tag'], string> = {
  sources: '部门数据 / Departments’ data: loads, rejects, how fresh each source is',
  policies: '政策 / Policies: published versions of the rules and standards',
  batches: '批次 / Batches of households: intake, progress, reports',
  verifications: '单户核对 / Single households',
  reports: '核对报告 / Reports',
  authorisations: '授权 / Authorisations of families: papers, signatures, withdrawals, what was asked about a person',
  rates: '检出率 / Detection rates',
  audit: '审计 / The audit log: who did and saw what, proofs of it',
  operations: '运维 / What could not be processed, and how the installation is',
  identity: '用户与权限 / Users, systems and what they may do',
  keys: '密钥 / Keys: how far their rotations are',
};

const OVERVIEW = `
收入与财产核对 / Household economic-status verification.

**Calls.** JSON in camelCase; money is text in yuan (\`"1234.50"\`), dates \`YYYY-MM-DD\`, months \`YYYY-MM\`. Files are sent as the body, as CSV
(UTF-8 or GB 18030, a header row, columns in any order, unknown columns ignored) or NDJSON (one row object a line, the same names in camelCase),
and are read as a stream: there is no limit to their length.

**Tokens.** \`Authorization: Bearer …\`, a JWT for the audience \`hedui\`. Each call says which roles may make it, and what else of the token it
is held against: regions, purposes, sources, department.

**Errors** are \`application/problem+json\` (RFC 9457). Branch on \`code\`, never on texts; \`errors\` lists places and rules of bad input. A bad row never
stops a file: it goes to the reject list of its load or batch, and the others go on.

**Repeating a call.** Every \`POST\` that creates takes \`Idempotency-Key\`: the same key with the same request gives the same answer
(\`Idempotency-Replayed: true\`), with another request 422, while the first is under way 409. A call that was refused or that failed changed nothing: its key may be used again.

**Lists** page by cursor: pass \`next\` of a page as \`cursor\`; the last page has \`next: null\`.

**Following a call.** Send \`X-Correlation-Id\` (a UUID or ULID) or take it from the answer: it is in every log line of the work.
`.trim();

const both = ({ zh, en }: { zh: string; en: string }) => `${zh} / ${en}`;
const CORRELATION: JsonObject = {
  'X-Correlation-Id': { description: '关联号 / follows the call through the logs', schema: { type: 'string' } },
};

function problemResponse(status: number, schema: Json): JsonObject {
  const codes = Object.entries(PROBLEMS).filter(([, problem]) => problem.status === status);
  const examples = codes.map(([code, problem]): [string, Json] => [
    code,
    {
      value: {
        type: 'about:blank',
        title: both(problem),
        status,
        code,
        correlationId: '019a1f6e-3bff-7001-8aaa-5b1f3a9e2d00',
      },
    },
  ]);
  const retry = status === 503 || status === 429;
  return {
    description: codes.map(([code, problem]) => `\`${code}\` ${both(problem)}`).join('; '),
    headers: {
      ...CORRELATION,
      ...(retry ? { 'Retry-After': { description: 'seconds', schema: { type: 'integer' } } } : {}),
    },
    content: { 'application/problem+json': { schema, examples: Object.fromEntries(examples) } },
  };
}

function streamContent(shape: StreamShape, text: (type: string) => string | undefined): JsonObject {
  const entries = shape.stream.map((type): [string, Json] => {
    const example = text(type);
    return [
      type,
      {
        // Tools hold each event, its name and data, against the schema, not the text of the stream.
        schema: { ...(type === 'text/event-stream' ? {} : { type: 'string' }), description: shape.description },
        ...(example === undefined ? {} : { example }),
      },
    ];
  });
  return Object.fromEntries(entries);
}

/** Calls that wait for the matcher's answer. */
const WAITING: ReadonlySet<string> = new Set([ROUTES.createVerification.id, ROUTES.replayReport.id]);

function parameters(contract: RouteContract, example: RouteExample, schemas: SchemaCollector): Json[] {
  const given = (place: 'params' | 'query' | 'headers', name: string): JsonObject => {
    const value = example[place]?.[name];
    return value === undefined ? {} : { example: value };
  };
  const of = (place: 'path' | 'query' | 'header', part: 'params' | 'query' | 'headers', schema?: z.ZodObject): Json[] =>
    Object.entries(schema?.shape ?? {}).map(([name, field]) => {
      const optional =
        schema?.safeParse({ [name]: undefined }).error?.issues.every((issue) => issue.path[0] !== name) ?? true;
      const made = schemas.add(field, 'input');
      const described =
        typeof made === 'object' && made !== null && !Array.isArray(made) ? made.description : undefined;
      return {
        name,
        in: place,
        // What a handler checks itself, to give each gap its own code, says so in its description.
        required: place === 'path' || !optional || String(described).includes('(required)'),
        ...(typeof described === 'string' ? { description: described } : {}),
        schema: made,
        ...given(part, name),
      };
    });
  const header = (name: string, description: string): Json => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
    ...given('headers', name),
  });
  return [
    ...of('path', 'params', contract.params),
    ...of('query', 'query', contract.query),
    ...of('header', 'headers', contract.headers),
    ...(contract.idempotent
      ? [header('Idempotency-Key', '幂等键 / 1 to 255 visible ASCII characters; the same request with it is done once')]
      : []),
    ...(WAITING.has(contract.id)
      ? [header('Prefer', '`wait=n`: 最多等待的秒数 / how many seconds to wait for the report (default 5, at most 60)')]
      : []),
    header('X-Correlation-Id', '关联号 / a UUID or ULID; made when absent'),
  ];
}

function requestBody(contract: RouteContract, example: RouteExample, schemas: SchemaCollector): JsonObject {
  const { body } = contract;
  if (!body) return {};
  const content: JsonObject = isStream(body)
    ? streamContent(body, (type) => example.stream?.[type])
    : { 'application/json': { schema: schemas.add(body, 'input'), example: asJson(example.body) } };
  return { requestBody: { required: true, content } };
}

function responses(contract: RouteContract, example: RouteExample, schemas: SchemaCollector): JsonObject {
  const takesCsv = contract.query?.shape.format !== undefined;
  const entries = Object.entries(contract.responses).map(([code, shape]): [string, Json] => {
    const status = Number(code);
    if (shape === problemSchema) return [code, problemResponse(status, schemas.add(problemSchema, 'output'))];
    const hoped = status === example.status;
    const content: JsonObject = isStream(shape)
      ? streamContent(shape, () => (hoped ? example.answerText : undefined))
      : {
          'application/json': {
            schema: schemas.add(shape, 'output'),
            ...(hoped ? { example: asJson(example.answer) } : {}),
          },
          ...(takesCsv ? { 'text/csv': { schema: { type: 'string' }, example: 'line,ref,column,code,rule\n' } } : {}),
        };
    const replayed: JsonObject = contract.idempotent
      ? { 'Idempotency-Replayed': { description: '`true`: the answer of an earlier call', schema: { type: 'string' } } }
      : {};
    return [code, { description: both(contract.summary), headers: { ...CORRELATION, ...replayed }, content }];
  });
  return Object.fromEntries(entries);
}

function asJson(value: unknown): Json {
  const plain: Json = JSON.parse(JSON.stringify(value ?? null));
  return plain;
}

/** What a call is held against besides the role of its caller. */
const REACH_TEXTS: Record<RouteContract['reach'], string> = {
  nothing: '',
  region:
    '仅限调用者管辖区域，区域外的筛选为 403 / Only the regions of the token are counted; a filter outside them is 403.',
  households:
    '仅限令牌所载区域、用途内的家庭（部门仅限自己提交的）；范围之外与不存在无异 (404) / Only households within the regions and purposes of the ' +
    'token, for a department only its own; what is out of reach is 404 like what does not exist.',
  source: '仅限令牌所载来源 / Only the sources of the token: another source is 403, a load of another source 404.',
};

function description(contract: RouteContract): string {
  const roles = contract.access.map((role) => `\`${role}\``).join(', ');
  const parts = [`需要角色 / Roles: ${roles}. ${REACH_TEXTS[contract.reach]}`.trim()];
  if (contract.description) parts.unshift(contract.description);
  if (contract.id === ROUTES.createLoad.id) {
    parts.push('文件列 / Columns (* required):');
    parts.push(...FILE_KINDS.filter(({ source }) => source !== null).map(columnTable));
  }
  if (contract.id === ROUTES.createBatch.id) parts.push('文件列 / Columns (* required):', columnTable(HOUSEHOLD_FILE));
  if (contract.path.endsWith('/rejects')) {
    const codes = Object.entries(ROW_CODES).map(([code, rule]) => `| \`${code}\` | ${both(rule)} |`);
    parts.push(['| 代码 code | 规则 rule |', '| --- | --- |', ...codes].join('\n'));
  }
  return parts.join('\n\n');
}

function operation(name: RouteName, schemas: SchemaCollector): JsonObject {
  const contract: RouteContract = ROUTES[name];
  const example = EXAMPLES[name];
  return {
    operationId: contract.id,
    tags: [contract.tag],
    summary: both(contract.summary),
    description: description(contract),
    parameters: parameters(contract, example, schemas),
    ...requestBody(contract, example, schemas),
    responses: responses(contract, example, schemas),
    security: [{ bearer: [] }],
  };
}

/** `/v1/loads/:id` → `/v1/loads/{id}`. */
export const openApiPath = (path: string) => path.replace(/:(\w+)/g, '{$1}');

function health(operationId: string, summary: string, codes: Record<string, string>): JsonObject {
  const answers = Object.entries(codes).map(([code, text]): [string, Json] => [code, { description: text }]);
  return { get: { operationId, summary, responses: Object.fromEntries(answers), security: [] } };
}

/** The OpenAPI 3.1 document of the whole installation, from the contracts alone. */
export function openApiDocument(version: string): JsonObject {
  const schemas = createSchemaCollector({ closed: false });
  const paths: JsonObject = {};
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    const contract: RouteContract = ROUTES[name];
    const path = openApiPath(contract.path);
    const known = paths[path];
    paths[path] = {
      ...(typeof known === 'object' && known !== null && !Array.isArray(known) ? known : {}),
      [contract.method.toLowerCase()]: operation(name, schemas),
    };
  }
  paths['/live'] = health('live', '存活 / The process answers', { 200: 'it does' });
  paths['/ready'] = health('ready', '就绪 / Every part behind this address answers', {
    200: 'all do',
    503: 'one does not; `parts` says which',
  });
  return {
    openapi: '3.1.0',
    info: {
      title: '核对 Hedui',
      version,
      description: OVERVIEW,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, text]): Json => ({ name, description: text })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: schemas.components,
    },
  };
}
