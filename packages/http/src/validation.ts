import { type InputError, ruleText } from '@hedui/contracts';
import type { z } from 'zod';

/** What zod says of one place; the expectations are the contract's, never the caller's value. */
interface Issue {
  code: string;
  path: readonly string[];
  expectations: Readonly<Record<string, unknown>>;
}

function at(value: unknown, path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.getOwnPropertyDescriptor(here, key)?.value;
  }
  return here;
}

function expectation({ code, expectations: known }: Issue): string {
  if (code === 'invalid_type' && typeof known.expected === 'string') return known.expected;
  if (code === 'invalid_value' && Array.isArray(known.values)) return known.values.join(', ');
  if (code === 'invalid_format') return String(known.pattern ?? known.format ?? '');
  if (code === 'too_small') return `≥ ${String(known.minimum)}`;
  if (code === 'too_big') return `≤ ${String(known.maximum)}`;
  return '';
}

function inputError(issue: Issue, value: unknown): InputError {
  const code = at(value, issue.path) === undefined ? 'COLUMN_MISSING' : 'VALUE_INVALID';
  return {
    line: null,
    column: issue.path.length === 0 ? null : issue.path.join('.'),
    code,
    rule: ruleText(code, expectation(issue)),
  };
}

interface FastifyIssue {
  keyword: string;
  instancePath: string;
  params: object;
}

/** The issues of Fastify's validation as places and rules. `value` is what was checked. */
export function validationErrors(validation: readonly FastifyIssue[], value: unknown): InputError[] {
  return validation.map(({ keyword, instancePath, params }) =>
    inputError(
      {
        code: keyword,
        path: instancePath.split('/').filter(Boolean),
        expectations: Object.fromEntries(Object.entries(params)),
      },
      value,
    ),
  );
}

/** The same for a schema that a handler checks itself. */
export function inputErrors(error: z.ZodError, value: unknown): InputError[] {
  return error.issues.map((issue) =>
    inputError(
      { code: issue.code, path: issue.path.map(String), expectations: Object.fromEntries(Object.entries(issue)) },
      value,
    ),
  );
}
