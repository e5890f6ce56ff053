import { type Day, type LoadMode, type loadQuerySchema, parseDay } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { isRegionCode } from '@hedui/identity-numbers';
import type { z } from 'zod';

/** What the caller says of a file. */
export interface LoadRequest {
  readonly scope: string;
  /** The department's data date. */
  readonly asOf: Day;
  readonly mode: LoadMode;
  readonly allowOlder: boolean;
  readonly confirmWithdrawals: boolean;
}

/** Reads the query of a load. Throws SCOPE_MISSING, SCOPE_INVALID or AS_OF_INVALID. */
export function readLoadRequest(query: z.infer<typeof loadQuerySchema>): LoadRequest {
  const scope = query.scope?.trim() ?? '';
  if (scope === '') throw new HeduiError('SCOPE_MISSING');
  if (!isRegionCode(scope)) throw new HeduiError('SCOPE_INVALID');
  const asOf = parseDay(query.asOf?.trim() ?? '');
  if (asOf === null) throw new HeduiError('AS_OF_INVALID');
  return {
    scope,
    asOf,
    mode: query.mode ?? 'delta',
    allowOlder: query.allowOlder === 'true',
    confirmWithdrawals: query.confirmWithdrawals === 'true',
  };
}
