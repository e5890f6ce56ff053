import { configOrExit, positive, serviceSchema, url } from '@hedui/config';
import { z } from 'zod';

const address = url('http', 'https');

/** `tax=http://…,vehicle=http://…` → the address of each source. */
const sources = z.string().transform((text, context) => {
  const found = new Map<string, string>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [name = '', ...rest] = entry.split('=');
    const at = address.safeParse(rest.join('='));
    if (!/^[a-z][a-z0-9_]*$/.test(name) || !at.success || found.has(name)) {
      context.addIssue({ code: 'custom', message: 'must be a list of source=URL, each source once' });
      return z.NEVER;
    }
    found.set(name, at.data);
  }
  return found;
});

export const configSchema = serviceSchema.extend({
  HEDUI_SOURCES: sources,
  HEDUI_VERIFICATION_URL: address,
  HEDUI_REPORTING_URL: address,
  /** Absent where another issuer is used. */
  HEDUI_IDENTITY_URL: address.optional(),
  /** Counts of the rate limit are shared through it by several gateways; it may be away. */
  REDIS_URL: url('redis', 'rediss').optional(),
  /** Requests a caller may make in a minute. */
  HEDUI_RATE_LIMIT: positive(6_000),
  /** Requests an address may make in a minute to log in, and to fetch tokens and keys. */
  HEDUI_LOGIN_RATE_LIMIT: positive(600),
});
export type Config = z.output<typeof configSchema>;

/** The configuration, or every problem at once and exit status 1. */
export const readGatewayConfig = (): Config => configOrExit(configSchema);
