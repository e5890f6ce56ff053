import type { Rights } from '@hedui/contracts';

/** What a token says that its holder may do; see `Caller` of the contracts. */
export function claimsOf({ roles, regions, purposes, sources, department }: Rights) {
  return { roles, regions, purposes, sources, ...(department === null ? {} : { department }) };
}
