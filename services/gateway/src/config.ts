import { configOrExit, positive, serviceSchema, url } from '@hedui/config';
import { z } from 'zod';
import { DEFAULT_BODY_LIMITS } from './body-limits.js';
import { DEFAULT_LIMITS } from './rate-limit.js';

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
  /** Asked only how it is; absent: not asked. */
  HEDUI_MATCHER_URL: address.optional(),
  /** Counts of the rate limit are shared through it by several gateways; it may be away. */
  REDIS_URL: url('redis', 'rediss').optional(),
  /** Requests a caller may make in a minute. */
  HEDUI_RATE_LIMIT: positive(DEFAULT_LIMITS.caller),
  /** Requests without a valid token in a minute from one address. */
  HEDUI_ANONYMOUS_RATE_LIMIT: positive(DEFAULT_LIMITS.anonymous),
  /** Costly calls of a caller in a minute. */
  HEDUI_COSTLY_RATE_LIMIT: positive(DEFAULT_LIMITS.costly),
  /** Calls of a caller that may be under way at once. */
  HEDUI_CALLS_AT_ONCE: positive(DEFAULT_LIMITS.concurrent),
  /** Bytes of a file of rows. */
  HEDUI_FILE_MAX_BYTES: positive(DEFAULT_BODY_LIMITS.file),
  /** The address that people use; when it is https, browsers are told to keep to it. */
  HEDUI_PUBLIC_URL: address.optional(),
  /** Addresses or networks of the proxies before the gateway: they say from where a call comes. */
  HEDUI_TRUSTED_PROXIES: z
    .string()
    .transform((list) =>
      list
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
    )
    .default([]),
  /** Requests an address may make in a minute to log in, and to fetch tokens and keys. */
  HEDUI_LOGIN_RATE_LIMIT: positive(600),
});
export type Config = z.output<typeof configSchema>;

/** The configuration, or every problem at once and exit status 1. */
export const readGatewayConfig = (): Config => configOrExit(configSchema);

/** What of the configuration is limits, and how the gateway is reached. */
export function settingsOf(config: Config) {
  return {
    limits: {
      caller: config.HEDUI_RATE_LIMIT,
      anonymous: config.HEDUI_ANONYMOUS_RATE_LIMIT,
      costly: config.HEDUI_COSTLY_RATE_LIMIT,
      concurrent: config.HEDUI_CALLS_AT_ONCE,
    },
    bodies: { file: config.HEDUI_FILE_MAX_BYTES },
    publicHttps: config.HEDUI_PUBLIC_URL?.startsWith('https:') ?? config.HEDUI_TLS_CERT !== undefined,
    trustedProxies: config.HEDUI_TRUSTED_PROXIES,
  };
}
