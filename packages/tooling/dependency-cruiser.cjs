/**
 * The import arrows: services → source-kit → adapters → base and contracts. Pure packages import contracts at most.
 * Every arrow that is not allowed here is an error, so a new package has to be given its place.
 */
const pure = '^packages/(contracts|identity-numbers|means-test|report-documents)/';
const base = '^packages/(config|logging|errors|tables|telemetry)/';
const adapters = '^packages/(http|event-log|postgres|redis|privacy|audit)/';
const only = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('no-cycles', {}, { circular: true }, 'no module reaches itself'),
    only(
      'pure-packages-import-contracts-at-most',
      { path: `${pure}src/` },
      { path: '^(packages|services|infra|tests)/', pathNot: [`^packages/contracts/`, '^packages/$1/'] },
    ),
    only(
      'base-imports-base-and-pure',
      { path: `${base}src/` },
      { path: '^(packages|services|infra|tests)/', pathNot: [pure, base] },
    ),
    only(
      'adapters-import-adapters-below-and-base',
      { path: `${adapters}src/` },
      { path: '^(packages|services|infra|tests)/', pathNot: [pure, base, adapters] },
    ),
    only(
      'only-event-log-builds-on-another-adapter',
      { path: '^packages/(http|redis|privacy|postgres)/src/' },
      { path: adapters, pathNot: '^packages/$1/' },
    ),
    only(
      'audit-builds-on-postgres-and-privacy',
      { path: '^packages/audit/src/' },
      { path: adapters, pathNot: '^packages/(postgres|privacy|audit)/' },
    ),
    only(
      'proofs-stand-alone: what is verified offline needs no database',
      { path: '^packages/audit/src/proof/' },
      { path: '^(packages|services|infra|tests)/', pathNot: '^packages/(contracts/|audit/src/proof/)' },
    ),
    only(
      'source-kit-imports-adapters-and-base',
      { path: '^packages/source-kit/src/' },
      { path: '^(packages|services|infra|tests)/', pathNot: [pure, base, adapters, '^packages/source-kit/'] },
    ),
    only(
      'cli-imports-contracts-errors-and-proofs',
      { path: '^packages/cli/src/' },
      {
        path: '^(packages|services|infra|tests)/',
        pathNot: ['^packages/(contracts|errors|cli)/', '^packages/audit/src/proof/'],
      },
    ),
    only(
      'no-service-imports-another',
      { path: '^services/([^/]+)/' },
      { path: '^services/', pathNot: '^services/$1/' },
    ),
    only('services-import-packages-only', { path: '^services/[^/]+/src/' }, { path: '^(infra|tests)/' }),
    only(
      'a-source-is-a-definition',
      { path: '^services/[a-z-]+-source/src/' },
      { path: '^packages/', pathNot: '^packages/(source-kit|contracts)/' },
    ),
    only(
      'only-tests-import-testing',
      { path: '^(packages|services)/', pathNot: ['/test/', '^packages/testing/'] },
      { path: '^packages/testing/' },
    ),
    only(
      'local-parts-stands-alone',
      { path: '^packages/local-parts/src/' },
      { path: '^(packages|services|infra|tests)/', pathNot: '^packages/(errors|local-parts)/' },
    ),
    only(
      'only-the-launcher-and-testing-start-parts',
      {
        path: '^(packages|services|infra|tests)/',
        pathNot: '^(infra/local|packages/testing|packages/local-parts|tests/(faults|bench))/',
      },
      { path: '^packages/local-parts/' },
    ),
    only(
      'only-an-adapter-imports-its-driver: kafkajs',
      // The checker of tests/faults shares no code with what it judges.
      { pathNot: '^(packages/event-log|tests/faults)/' },
      { path: 'node_modules/kafkajs/' },
    ),
    only(
      'only-an-adapter-imports-its-driver: opentelemetry',
      { pathNot: '^packages/telemetry/' },
      { path: 'node_modules/@opentelemetry/' },
    ),
    only(
      'only-an-adapter-imports-its-driver: ioredis',
      { pathNot: '^packages/redis/' },
      { path: 'node_modules/ioredis/' },
    ),
    only(
      'only-an-adapter-imports-its-driver: pg',
      { pathNot: ['^packages/(postgres|testing|local-parts)/', '^tests/(faults|bench)/', '/test/'] },
      { path: 'node_modules/(pg|pg-copy-streams)/' },
    ),
    only(
      'no-relative-escape',
      { path: '^(packages|services)/([^/]+)/' },
      { path: '^(packages|services)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    ),
    only('no-unresolvable', {}, { couldNotResolve: true }),
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|/fixtures/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['@hedui/source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'],
    },
  },
};
