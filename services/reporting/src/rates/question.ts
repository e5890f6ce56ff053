import {
  GROUP_BY,
  type GroupBy,
  type InputError,
  parseMonth,
  type ratesQuerySchema,
  regionPrefix,
  ruleText,
  VERIFICATION_TYPES,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { z } from 'zod';
import type { RatesQuestion } from '../db/rates.js';

/**
 * The question behind a query string; throws BODY_INVALID with every faulty parameter. A region of six digits that ends in
 * pairs of zeros means the province or city that it names, as everywhere in Hedui.
 */
export function readQuestion(query: z.infer<typeof ratesQuerySchema>): RatesQuestion {
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
  return {
    from,
    to,
    groupBy: groupBy.filter(isGroupBy),
    programme: query.programme ?? null,
    verificationType: query.type ?? null,
    regionPrefix: query.region === undefined ? null : regionPrefix(query.region),
  };
}

function isGroupBy(text: string): text is GroupBy {
  return (GROUP_BY as readonly string[]).includes(text);
}
