import { z } from 'zod';

/** Every problem of the environment at once, so that a person mends them in one go. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  constructor(readonly problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads `env` with a zod schema of strings; throws ConfigError. Values never stand in the message: they may be secrets. */
export function readConfig<S extends z.ZodType>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
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

/** What every service of the mesh reads. */
export const serviceSchema = z.object({
  HEDUI_SERVICE: z.string().min(1),
  HEDUI_HOST: z.string().default('127.0.0.1'),
  HEDUI_PORT: port(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  HEDUI_TOKEN_JWKS: z.string().min(1).optional().describe('JWK set of keys whose tokens hold here (file)'),
  HEDUI_ISSUER: url('http', 'https').optional().describe('OpenID provider whose tokens hold here, as they name it'),
  HEDUI_ISSUER_JWKS: url('http', 'https').optional().describe('address of its keys, when discovery is not to be asked'),
});

/** A database of its own. */
export const databaseSchema = z.object({
  DATABASE_URL: url('postgres', 'postgresql'),
  DATABASE_POOL: positive(8),
});

/** Which event log, and where. */
export const eventLogSchema = z.discriminatedUnion('HEDUI_LOG', [
  z.object({
    HEDUI_LOG: z.literal('kafka'),
    KAFKA_BROKERS: z.string().transform((list) =>
      list
        .split(',')
        .map((b) => b.trim())
        .filter(Boolean),
    ),
  }),
  z.object({ HEDUI_LOG: z.literal('postgres'), EVENT_LOG_URL: url('postgres', 'postgresql') }),
]);

/** Keys of the named zone: only sources and verification read these. */
export const namedZoneSchema = z.object({
  HEDUI_PSEUDONYM_KEYS: z.string().min(1).describe('path of the pseudonym key file'),
  HEDUI_KEY_RING: z.string().min(1).describe('path of the sealing key file'),
});
