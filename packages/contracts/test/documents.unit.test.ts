import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { EXAMPLES, PENDING_EXAMPLE } from '../src/documents/examples.js';
import {
  asyncApiDocument,
  columnTable,
  EVENT_TYPES,
  FILE_KINDS,
  isStream,
  jsonName,
  openApiDocument,
  openApiPath,
  pendingReportSchema,
  RECORD_TYPES,
  ROUTES,
  type RouteContract,
  type RouteName,
  recordTopic,
  TOPICS,
} from '../src/index.js';

const names = Object.keys(ROUTES) as RouteName[];
const openApi = openApiDocument('1.2.3');
const asyncApi = asyncApiDocument('1.2.3');

function at(document: unknown, pointer: string): unknown {
  return pointer
    .replace(/^#\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (here, key) =>
        typeof here === 'object' && here !== null ? Object.getOwnPropertyDescriptor(here, key)?.value : undefined,
      document,
    );
}

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  );
}

describe('the OpenAPI document', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const result = await new Validator().validate(structuredClone(openApi));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it.each(names)('describes %s: summary in both languages, access, answers, errors', (name) => {
    const contract: RouteContract = ROUTES[name];
    const operation = at(
      openApi,
      `#/paths/${openApiPath(contract.path).replaceAll('/', '~1')}/${contract.method.toLowerCase()}`,
    );
    expect(operation).toMatchObject({
      operationId: contract.id,
      summary: `${contract.summary.zh} / ${contract.summary.en}`,
      security: [{ bearer: [] }],
    });
    expect(Object.keys(Object(at(operation, '#/responses'))).sort()).toEqual(Object.keys(contract.responses).sort());
    const parameters = JSON.stringify(at(operation, '#/parameters'));
    const parts = [...Object.keys(contract.params?.shape ?? {}), ...Object.keys(contract.query?.shape ?? {})];
    for (const part of parts) expect(parameters).toContain(`"name":"${part}"`);
    expect(parameters.includes('Idempotency-Key')).toBe(contract.idempotent ?? false);
    expect(at(operation, '#/requestBody') !== undefined).toBe(contract.body !== undefined);
    if (contract.body && isStream(contract.body)) {
      expect(Object.keys(Object(at(operation, '#/requestBody/content')))).toEqual(contract.body.stream);
    }
    expect(at(operation, '#/responses/401/content/application~1problem+json/examples/TOKEN_MISSING')).toBeDefined();
  });

  it('has no operation twice and none that no contract knows', () => {
    const ids = Object.values(Object(openApi.paths)).flatMap((path) =>
      Object.values(Object(path)).map((operation) => String(at(operation, '#/operationId'))),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.sort()).toEqual([...names, 'live', 'ready'].sort());
  });

  it('says of every call for a report that it may be out of reach, ended or erased', () => {
    const ofReports = names.filter((name) => ROUTES[name].path.startsWith('/v1/reports/:reportNo'));
    expect(ofReports.length).toBeGreaterThan(7);
    for (const name of [...ofReports, 'agreeErasure' as const]) {
      expect(Object.keys(ROUTES[name].responses)).toEqual(expect.arrayContaining(['404', '409', '410']));
    }
  });

  it('has no reference that leads nowhere', () => {
    const all = references(openApi);
    expect(all.length).toBeGreaterThan(20);
    for (const reference of all) expect([reference, at(openApi, reference)]).not.toContain(undefined);
  });

  it('names every column of every file kind', () => {
    const text = JSON.stringify(openApi);
    for (const kind of FILE_KINDS) {
      for (const column of kind.columns) expect(text).toContain(`| \`${column.name}\`${column.required ? ' *' : ''} |`);
    }
    expect(columnTable(FILE_KINDS[0] ?? never())).toContain('tax/income');
  });

  it('says that what the handler insists on is required', () => {
    const parameters = at(openApi, '#/paths/~1v1~1sources~1{source}~1{recordType}~1loads/post/parameters');
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'scope', required: true }));
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'mode', required: false }));
  });
});

describe('the examples', () => {
  it.each(names)('of %s fit its contract', (name) => {
    const contract: RouteContract = ROUTES[name];
    const example = EXAMPLES[name];
    const shape = contract.responses[example.status];
    if (!shape) throw new Error(`${name} has no answer ${example.status}`);
    if (isStream(shape)) expect(example.answerText).toBeTruthy();
    else expect(shape.safeParse(example.answer).error?.issues ?? []).toEqual([]);
    for (const [part, schema] of [
      ['params', contract.params],
      ['query', contract.query],
    ] as const) {
      if (schema) expect(schema.safeParse(example[part] ?? {}).error?.issues ?? []).toEqual([]);
    }
    if (contract.body && !isStream(contract.body)) {
      expect(contract.body.safeParse(example.body).error?.issues ?? []).toEqual([]);
    }
  });

  it('of a report that is not ready fits', () => {
    expect(pendingReportSchema.safeParse(PENDING_EXAMPLE).success).toBe(true);
  });

  it('of files hold every required column, and as many cells as columns', () => {
    for (const kind of FILE_KINDS) {
      const [header = '', ...rows] = kind.example
        .trimEnd()
        .split('\n')
        .map((line) => line.split(','));
      const known = kind.columns.map(({ name }) => name);
      expect(known).toEqual(expect.arrayContaining([...header]));
      const required = kind.columns.filter((column) => column.required).map(({ name }) => name);
      expect(header).toEqual(expect.arrayContaining(required));
      for (const row of rows) expect(row).toHaveLength(header.length);
    }
    expect(jsonName('spouse_id_number')).toBe('spouseIdNumber');
  });
});

describe('the file kinds', () => {
  it('are those of the registry, and the batch', () => {
    const kinds = FILE_KINDS.filter(({ source }) => source !== null).map(({ kind }) => kind);
    expect(kinds).toEqual(RECORD_TYPES.map(({ source, type }) => `${source}/${type}`));
    expect(FILE_KINDS.at(-1)?.kind).toBe('households');
  });
});

describe('the AsyncAPI document', () => {
  it('is a valid AsyncAPI 3.0 document', () => {
    const file = createRequire(__filename).resolve('@asyncapi/specs/schemas/3.0.0.json');
    const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
    validate(asyncApi);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('has every topic and every event, and no reference that leads nowhere', () => {
    const addresses = Object.values(Object(asyncApi.channels)).map((channel) => at(channel, '#/address'));
    const topics = [...RECORD_TYPES.map(({ source, type }) => recordTopic(source, type)), ...Object.values(TOPICS)];
    expect([...addresses].sort()).toEqual(topics.map(({ name }) => name).sort());
    const used = new Set(references(asyncApi.channels));
    expect(used).toEqual(new Set(EVENT_TYPES.map((event) => `#/components/messages/${event.replace('.', '-')}`)));
    for (const reference of references(asyncApi)) expect([reference, at(asyncApi, reference)]).not.toContain(undefined);
  });
});

function never(): never {
  throw new Error('there is no file kind');
}
