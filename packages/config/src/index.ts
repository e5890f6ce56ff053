import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Every problem of the environment at once, so that a person mends them in one go. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  constructor(readonly problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Secrets that may lie in a file instead: `DATABASE_URL_FILE` names the file, so that no list of processes and no crash report shows them. */
const FROM_FILES = ['DATABASE_URL', 'EVENT_LOG_URL', 'REDIS_URL', 'KAFKA_PASSWORD'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** `env` with the secrets that its `*_FILE` variables name; problems go to `problems`. */
function withFiles(env: Environment, problems: string[]): Environment {
  const found: Record<string, string | undefined> = { ...env };
  for (const name of FROM_FILES) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) {
      problems.push(`${name}: is given twice, also by ${name}_FILE`);
      continue;
    }
    try {
      found[name] = readFileSync(file, 'utf8').trim();
    } catch {
      problems.push(`${name}_FILE: the file cannot be read`);
    }
  }
  return found;
}

/** Reads `env` with a zod schema of strings; throws ConfigError. Values never stand in the message: they may be secrets. */
export function readConfig<S extends z.ZodType>(schema: S, env: Environment): z.infer<S> {
  const problems: string[] = [];
  const whole = withFiles(env, problems);
  const given = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (result.success && problems.length === 0) return result.data;
  problems.push(...(result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  throw new ConfigError(problems);
}

/** Reads the configuration of a service or prints every problem and exits 1. */
export function configOrExit<S extends z.ZodType>(schema: S, env = process.env): z.infer<S> {
  try {
    return readConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

export const port = () => z.coerce.number().int().min(0).max(65535);
export const url = (...protocols: string[]) =>
  z.string().refine(
    (text) => {
      try {
        return protocols.includes(new URL(text).protocol.replace(':', ''));
      } catch {
        return false;
      }
    },
    `must be a URL of ${protocols.join(' or ')}`,
  );
export const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback);

/** Encryption between the services: without it they speak plain HTTP, which only one machine by itself should do. */
const tlsShape = {
  HEDUI_TLS_CERT: z.string().min(1).optional().describe('certificate chain of this service (PEM file)'),
  HEDUI_TLS_KEY: z.string().min(1).optional().describe('its private key (PEM file)'),
  HEDUI_TLS_CA: z.string().min(1).optional().describe('the authority whose certificates are believed (PEM file)'),
  HEDUI_TLS_CLIENTS: z
    .enum(['any', 'known'])
    .default('any')
    .describe('known: callers must show a certificate of HEDUI_TLS_CA'),
};

/** `data=/var/lib/hedui,log=/var/log` → a path on each disk by its name. */
const disks = z.string().transform((text, context) => {
  const found = new Map<string, string>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [name = '', ...rest] = entry.split('=');
    const path = rest.join('=');
    if (!/^[a-z][a-z0-9_]*$/.test(name) || path === '') {
      context.addIssue({ code: 'custom', message: 'must be a list of name=path' });
      return z.NEVER;
    }
    found.set(name, path);
  }
  return found;
});

/** What is measured and where it goes; nothing of it is on by itself. */
const telemetryShape = {
  HEDUI_METRICS: z.enum(['on', 'off']).optional().describe('GET /metrics, for this machine and for administrators'),
  HEDUI_METRICS_PORT: port().optional().describe('metrics without a token, on a port of their own'),
  HEDUI_METRICS_HOST: z.string().optional().describe('address that this port listens on (default 127.0.0.1)'),
  HEDUI_METRICS_DISKS: disks.optional().describe('name=path of disks whose free share is told'),
  HEDUI_TRACE_RATIO: z.coerce.number().min(0).max(1).optional().describe('share of calls that are traced (default 1)'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http', 'https')
    .optional()
    .describe('collector of metrics and traces (OTLP by HTTP)'),
};

/** What every service of the mesh reads. */
export const serviceSchema = z.object({
  HEDUI_SERVICE: z.string().min(1),
  HEDUI_HOST: z.string().default('127.0.0.1'),
  HEDUI_PORT: port(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  HEDUI_TOKEN_JWKS: z.string().min(1).optional().describe('JWK set of keys whose tokens hold here (file)'),
  HEDUI_ISSUER: url('http', 'https').optional().describe('OpenID provider whose tokens hold here, as they name it'),
  HEDUI_ISSUER_JWKS: url('http', 'https').optional().describe('address of its keys, when discovery is not to be asked'),
  HEDUI_ISSUER_CA: z
    .string()
    .min(1)
    .optional()
    .describe('authority of its certificate, when it is not HEDUI_TLS_CA (PEM file)'),
  ...tlsShape,
  ...telemetryShape,
});

/** A database of its own. */
export const databaseSchema = z.object({
  DATABASE_URL: url('postgres', 'postgresql'),
  DATABASE_POOL: positive(8),
  /** A connection that is silent for so long is given up and its work tried again; long set-based work waits longer. */
  DATABASE_ANSWER_SECONDS: positive(130),
});

/** Which event log, and where. */
export const eventLogSchema = z.discriminatedUnion('HEDUI_LOG', [
  z
    .object({
      HEDUI_LOG: z.literal('kafka'),
      KAFKA_BROKERS: z.string().transform((list) =>
        list
          .split(',')
          .map((b) => b.trim())
          .filter(Boolean),
      ),
      KAFKA_SSL_CA: z.string().min(1).optional().describe('authority of the brokers (PEM file): turns TLS on'),
      KAFKA_SSL_CERT: z.string().min(1).optional().describe('certificate that this service shows (PEM file)'),
      KAFKA_SSL_KEY: z.string().min(1).optional().describe('its private key (PEM file)'),
      KAFKA_USERNAME: z.string().min(1).optional().describe('user of SASL SCRAM-SHA-512'),
      KAFKA_PASSWORD: z.string().min(1).optional(),
    })
    .refine((log) => (log.KAFKA_USERNAME === undefined) === (log.KAFKA_PASSWORD === undefined), {
      path: ['KAFKA_PASSWORD'],
      message: 'goes together with KAFKA_USERNAME',
    })
    .refine((log) => log.KAFKA_USERNAME === undefined || log.KAFKA_SSL_CA !== undefined, {
      path: ['KAFKA_SSL_CA'],
      message: 'is needed where there is a login: it would travel in clear',
    }),
  z.object({ HEDUI_LOG: z.literal('postgres'), EVENT_LOG_URL: url('postgres', 'postgresql') }),
]);

/** Signs the checkpoints of a service's audit log. */
export const auditSchema = z.object({
  HEDUI_AUDIT_KEY: z.string().min(1).describe('path of the private Ed25519 key (JWK), open to nobody else'),
});

/** Keys of the named zone: only sources and verification read these. */
export const namedZoneSchema = z.object({
  HEDUI_PSEUDONYM_KEYS: z.string().min(1).describe('path of the pseudonym key file'),
  HEDUI_KEY_RING: z.string().min(1).describe('path of the sealing key file'),
});
