import { z } from 'zod';
import { XLSX_TYPE } from '../../column-titles.js';
import { problemSchema } from '../problem.js';
import type { StreamShape } from './contract.js';

export const idParams = z.object({ id: z.string() });
export const page = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional().describe('default 100'),
});
export const rejectsQuery = page.extend({
  limit: z.coerce.number().int().min(1).max(1000).optional().describe('default 1000'),
  format: z.enum(['json', 'csv']).optional().describe('or Accept: text/csv'),
});
export const problems = <C extends number>(...codes: C[]) =>
  Object.fromEntries(codes.map((c) => [c, problemSchema])) as Record<C, typeof problemSchema>;
/** What every call can meet, whatever it asks for: the limits of the address and of the connection among them. */
export const always = problems(400, 401, 403, 408, 414, 429, 431, 500, 503);
export const templateQuery = z.object({ format: z.enum(['csv', 'xlsx']).optional().describe('default csv') });
export const templateFile: StreamShape = {
  stream: ['text/csv', XLSX_TYPE],
  description: 'an empty file with the header row; the XLSX explains every column on its second sheet',
};
export const rowsBody: StreamShape = {
  stream: ['text/csv', 'application/x-ndjson', XLSX_TYPE],
  description:
    'CSV (UTF-8 or GB 18030) with a header row, one JSON object a line, or an XLSX file (its first visible sheet); read as a stream',
};
/** Who may see households, each within its reach. Administrators see none. */
export const read = ['operator', 'reviewer', 'auditor', 'department'] as const;
