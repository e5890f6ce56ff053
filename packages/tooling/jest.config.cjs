/**
 * One jest configuration for the whole repository. Three kinds of test by file name: `.unit` needs nothing,
 * `.int` needs real PostgreSQL, Kafka or Redis, `.e2e` runs the mesh. `@hedui/*` resolves to sources: no build needed.
 */
const path = require('node:path');
const root = path.resolve(__dirname, '../..');

// These packages are ESM only; jest runs CommonJS, so they are transformed too.
const esmOnly = [
  'cookie',
  'jose',
  'oidc-provider',
  'uuidv7',
  'eventsource-parser',
  'commander',
  'csv-parse',
  'hucre',
  'nanoid',
  'quick-lru',
  'fast-json-stringify-esm',
  'content-disposition',
  '@seriousme/openapi-schema-validator',
];

/** @type {import('jest').Config} */
module.exports = {
  rootDir: root,
  testMatch: ['<rootDir>/{packages,services,infra,tests}/**/*.{unit,int,e2e}.test.ts'],
  modulePathIgnorePatterns: ['/dist/', '/.hedui/', '/.cache/'],
  globalSetup: path.join(root, 'packages/testing/jest/global-setup.cjs'),
  globalTeardown: path.join(root, 'packages/testing/jest/global-teardown.cjs'),
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@hedui/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.(m?ts|m?js)$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esmOnly.join('|')})/)`],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  extensionsToTreatAsEsm: [],
  coverageProvider: 'babel',
  testTimeout: 30_000,
};
