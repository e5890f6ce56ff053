import { SOURCES, type SourceName } from '@hedui/contracts';
import { AUDITED, auditKeyOf, type KeyFiles } from './keys.js';
import type { LogKind } from './options.js';

/** One service of the mesh: what it is called, what it owns and what it may know. */
export interface ServiceSpec {
  /** Folder below `services`, and the name of its log. */
  name: string;
  /** Its own database; null: it owns nothing. */
  database: string | null;
  /** It knows identity numbers and names, so it gets the pseudonym and sealing keys. */
  named: boolean;
  /** It publishes or consumes events. */
  events: boolean;
  source: SourceName | null;
}

const sourceService = (source: SourceName): ServiceSpec => ({
  name: `${source.replaceAll('_', '-')}-source`,
  database: `hedui_${source}`,
  named: true,
  events: true,
  source,
});

/**
 * Node options that keep a service small. Where the heap may grow to 2 GB and more, V8 lets it become four times what is alive before it
 * collects; below that, less than twice. Who knows names and writes events reads large files; some 60 MB are alive of one meanwhile.
 */
export const memoryOptions = ({ named, events }: ServiceSpec): string[] =>
  named && events ? ['--max-old-space-size=1792'] : [];

/** Every service, the gateway last. */
export const SERVICES: readonly ServiceSpec[] = [
  ...SOURCES.map(sourceService),
  { name: 'matcher', database: 'hedui_matcher', named: false, events: true, source: null },
  { name: 'verification', database: 'hedui_verification', named: true, events: true, source: null },
  { name: 'reporting', database: 'hedui_reporting', named: false, events: true, source: null },
  { name: 'identity', database: 'hedui_identity', named: false, events: false, source: null },
  { name: 'gateway', database: null, named: false, events: false, source: null },
];

/** The database of the event log when it lies in PostgreSQL. */
export const LOG_DATABASE = 'hedui_log';

/** What the services are told about where everything is. */
export interface Surroundings {
  host: string;
  /** The address that people are told: the gateway's. */
  url: string;
  /** Port of each service by its name. */
  ports: Readonly<Record<string, number>>;
  /** Address of each database by its name. */
  databases: Readonly<Record<string, string>>;
  log: { kind: LogKind; brokers: readonly string[]; url: string | null };
  redisUrl: string | null;
  keys: KeyFiles;
}

function addressOf(name: string, at: Surroundings): string {
  return `http://${at.host}:${at.ports[name]}`;
}

/** Settings of the launcher itself, which are not for the services. */
const OURS = new Set(['HEDUI_HOME', 'HEDUI_PORT', 'HEDUI_CACHE']);
const PASSED_ON =
  /^(PATH|HOME|LANG|LC_.*|TZ|TMPDIR|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|LOG_LEVEL|DATABASE_ANSWER_SECONDS|OTEL_EXPORTER_OTLP_ENDPOINT|HEDUI_.*)$/;

/**
 * The environment of one service: only what it needs. Keys of the named zone reach sources and verification alone, so that
 * nothing else can know a person even by mistake.
 */
export function serviceEnvironment(
  spec: ServiceSpec,
  at: Surroundings,
  outer: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(outer)) {
    if (value !== undefined && PASSED_ON.test(name) && !OURS.has(name)) env[name] = value;
  }
  env.LOG_LEVEL ??= 'info';
  // One port cannot be every service's.
  delete env.HEDUI_METRICS_PORT;
  env.NODE_ENV = 'production';
  env.HEDUI_SERVICE = spec.name;
  env.HEDUI_HOST = at.host;
  env.HEDUI_PORT = String(at.ports[spec.name]);
  env.HEDUI_TOKEN_JWKS = at.keys.jwks;
  env.HEDUI_ISSUER = `${at.url}/oidc`;
  env.HEDUI_ISSUER_JWKS = `${addressOf('identity', at)}/oidc/jwks`;
  if (at.redisUrl) env.REDIS_URL = at.redisUrl;
  if (spec.database) env.DATABASE_URL = at.databases[spec.database] ?? '';
  if (spec.events) {
    env.HEDUI_LOG = at.log.kind;
    if (at.log.kind === 'kafka') env.KAFKA_BROKERS = at.log.brokers.join(',');
    else env.EVENT_LOG_URL = at.log.url ?? '';
  }
  if (AUDITED.includes(spec.name)) env.HEDUI_AUDIT_KEY = auditKeyOf(at.keys, spec.name);
  if (spec.named) {
    env.HEDUI_PSEUDONYM_KEYS = at.keys.pseudonyms;
    env.HEDUI_KEY_RING = at.keys.keyRing;
  }
  if (spec.name === 'identity') {
    env.HEDUI_IDENTITY_KEYS = at.keys.identity;
    env.HEDUI_FIRST_LOGINS = at.keys.logins;
  }
  if (spec.name === 'gateway' || spec.name === 'verification') {
    env.HEDUI_SOURCES = SERVICES.flatMap((s) => (s.source ? [`${s.source}=${addressOf(s.name, at)}`] : [])).join(',');
  }
  if (spec.name === 'gateway') {
    env.HEDUI_VERIFICATION_URL = addressOf('verification', at);
    env.HEDUI_REPORTING_URL = addressOf('reporting', at);
    env.HEDUI_IDENTITY_URL = addressOf('identity', at);
    env.HEDUI_MATCHER_URL = addressOf('matcher', at);
  }
  return env;
}
