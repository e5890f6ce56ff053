import {
  GROUP_BY,
  type GroupBy,
  type InputError,
  parseMonth,
  type ratesQuerySchema,
  regionPrefix,
  regionPrefixes,
  ruleText,
  VERIFICATION_TYPES,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { z } from 'zod';
import type { RatesQuestion } from '../db/rates.js';

/**
 * The question behind a query string; throws BODY_INVALID with every faulty parameter. A region of six digits that ends in
 * pairs of zeros means the province or city that it names, as everywhere in Hedui. `regions` are those of the caller: what lies elsewhere is
 * not counted, and asking for it throws FORBIDDEN, as does a caller without any.
 */
export function readQuestion(query: z.infer<typeof ratesQuerySchema>, regions: readonly string[]): RatesQuestion {
  const errors: InputError[] = [];
  const refuse = (column: string, addition: string) => {
    errors.push({ line: null, column, code: 'VALUE_INVALID', rule: ruleText('VALUE_INVALID', addition) });
  };
  const from = parseMonth(query.from);
  const to = parseMonth(query.to);
  if (from === null) refuse('from', 'YYYY-MM');
  if (to === null) refuse('to', 'YYYY-MM');
  if (from !== null && to !== null && from > to) refuse('to', 'to ≥ from');
  const groupBy = (query.groupBy ?? '')
    .split(',')
    .map((by) => by.trim())
    .filter((by) => by !== '');
  if (!groupBy.every(isGroupBy) || new Set(groupBy).size !== groupBy.length) refuse('groupBy', GROUP_BY.join(', '));
  const types: readonly string[] = VERIFICATION_TYPES;
  if (query.type !== undefined && !types.includes(query.type)) refuse('type', types.join(', '));
  if (from === null || to === null || errors.length > 0) throw new HeduiError('BODY_INVALID', { errors });
  const asked = query.region === undefined ? null : regionPrefix(query.region);
  const reach = regionPrefixes(regions);
  if (asked === null ? reach.length === 0 : !reach.some((prefix) => asked.startsWith(prefix))) {
    throw new HeduiError('FORBIDDEN', { detail: 'the region lies outside those of the token' });
  }
  return {
    from,
    to,
    groupBy: groupBy.filter(isGroupBy),
    programme: query.programme ?? null,
    verificationType: query.type ?? null,
    regionPrefix: asked,
    reach,
  };
}

function isGroupBy(text: string): text is GroupBy {
  return (GROUP_BY as readonly string[]).includes(text);
}
