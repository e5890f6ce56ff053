import { z } from 'zod';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `#/$defs/Load` → `#/components/schemas/Load`, everywhere in `value`. */
function withSharedReferences(value: Json): Json {
  if (Array.isArray(value)) return value.map(withSharedReferences);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, Json] =>
    key === '$ref' && typeof inner === 'string'
      ? [key, inner.replace('#/$defs/', '#/components/schemas/')]
      : [key, withSharedReferences(inner)],
  );
  return Object.fromEntries(entries);
}

/** Gathers the schemas of a document: those with an id stand once under `components` and are referred to. */
export interface SchemaCollector {
  add(schema: z.ZodType, io: 'input' | 'output'): Json;
  readonly components: JsonObject;
}

/**
 * JSON Schemas (draft 2020-12) of zod schemas. Objects of the HTTP documents stay open (`closed: false`), so that a field that
 * is added later breaks no generated client.
 */
export function createSchemaCollector(options: { closed: boolean }): SchemaCollector {
  const components: JsonObject = {};

  function keep(name: string, { id: _id, ...schema }: JsonObject): void {
    const known = components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new TypeError(`two different schemas have the id ${name}`);
    }
    components[name] = schema;
  }

  function add(schema: z.ZodType, io: 'input' | 'output'): Json {
    const made = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      override({ jsonSchema, zodSchema }) {
        if (!options.closed) delete jsonSchema.additionalProperties;
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        if (zodSchema._zod.def.type === 'record' && zodSchema instanceof z.ZodRecord) {
          delete jsonSchema.propertyNames;
        }
      },
    });
    // Through text, so that what is left is plain JSON.
    const plain: unknown = JSON.parse(JSON.stringify(made));
    if (!isObject(plain)) throw new TypeError('a schema is an object');
    const { $schema: _dialect, $defs, ...root } = plain;
    for (const [name, definition] of Object.entries(isObject($defs) ? $defs : {})) {
      const shared = withSharedReferences(definition);
      if (isObject(shared)) keep(name, shared);
    }
    const shared = withSharedReferences(root);
    const name = schema.meta()?.id;
    if (name === undefined || !isObject(shared)) return shared;
    // zod may put the root itself among the definitions and refer to it.
    if (shared.$ref === undefined) keep(name, shared);
    return { $ref: `#/components/schemas/${name}` };
  }

  return { add, components };
}
