import { configOrExit, positive, serviceSchema, url } from '@hedui/config';
import { z } from 'zod';
import { DEFAULT_BODY_LIMITS } from './body-limits.js';
import type { Instances } from './instances.js';
import type { Upstreams } from './owners.js';
import { DEFAULT_LIMITS } from './rate-limit.js';

const address = url('http', 'https');

/** `http://a|http://b`, each once; null for anything else. */
function addressesOf(text: string): string[] | null {
  const found = text.split('|').map((one) => address.safeParse(one.trim()));
  const good = found.flatMap((one) => (one.success ? [one.data] : []));
  return good.length === found.length && new Set(good).size === good.length ? good : null;
}

/** `http://…`, or several processes of one service: `http://…|http://…`. */
const addresses = z.string().transform((text, context) => {
  const found = addressesOf(text);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: 'must be a URL, or several with | between them, each once' });
  return z.NEVER;
});

/** `tax=http://…,vehicle=http://…|http://…` → the addresses of each source. */
const sources = z.string().transform((text, context) => {
  const found = new Map<string, readonly string[]>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [name = '', ...rest] = entry.split('=');
    const at = addressesOf(rest.join('='));
    if (!/^[a-z][a-z0-9_]*$/.test(name) || at === null || found.has(name)) {
      context.addIssue({ code: 'custom', message: 'must be a list of source=URL, each source once' });
      return z.NEVER;
    }
    found.set(name, at);
  }
  return found;
});

export const configSchema = serviceSchema.extend({
  HEDUI_SOURCES: sources,
  HEDUI_VERIFICATION_URL: addresses,
  HEDUI_REPORTING_URL: addresses,
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

/** Where the services are: each by its first address, and which of them have several. */
export function upstreamsOf(config: Config): { upstreams: Upstreams; instances: Instances } {
  const { HEDUI_SOURCES, HEDUI_VERIFICATION_URL, HEDUI_REPORTING_URL } = config;
  const first = (all: readonly string[]): string => all[0] ?? '';
  const lists = [...HEDUI_SOURCES.values(), HEDUI_VERIFICATION_URL, HEDUI_REPORTING_URL];
  return {
    upstreams: {
      sources: new Map([...HEDUI_SOURCES].map(([name, all]) => [name, first(all)])),
      verification: first(HEDUI_VERIFICATION_URL),
      reporting: first(HEDUI_REPORTING_URL),
      identity: config.HEDUI_IDENTITY_URL ?? null,
      matcher: config.HEDUI_MATCHER_URL ?? null,
    },
    instances: new Map(lists.filter((all) => all.length > 1).map((all) => [first(all), all])),
  };
}

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
