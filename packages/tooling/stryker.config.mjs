/**
 * Mutation tests of the rules of assessment: each mutant is a wrong rule, and a quick case has to notice. Started from the
 * repository's root: `npm run mutation`, or `npm run mutation -- --mutate packages/means-test/src/marriage.ts` for one file. The tests
 * that run thousands of households are left out: they would notice nearly everything, and hide what the cases by section miss.
 */

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  packageManager: 'npm',
  testRunner: 'jest',
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A busy machine must not pass for a mutant that never ends: what times out counts as noticed.
  timeoutFactor: 4,
  timeoutMS: 20_000,
  // Only the rules and what a policy compiles to. What reads documents, explains and compares is held by properties and fuzzing.
  mutate: [
    'packages/means-test/src/*.ts',
    'packages/means-test/src/policy/{amounts,compile,decimal,lookup,meaning}.ts',
    '!packages/means-test/src/basis.ts',
  ],
  // What is made once when a module loads would run every case for each mutant: tables of names, mostly.
  ignoreStatic: true,
  // TypeScript 7 has no interface to read a configuration by: a name that does not exist keeps Stryker from trying.
  tsconfigFile: 'no-tsconfig.json',
  ignorePatterns: ['.hedui', '.cache', '.turbo', 'dist', 'services', 'packages/cli', 'reports'],
  jest: {
    projectType: 'custom',
    enableFindRelatedTests: false,
    configFile: 'packages/tooling/jest.config.cjs',
    config: {
      testMatch: ['<rootDir>/packages/means-test/test/all-cases.ts'],
      // Without `.cache`, which the sandbox itself lies in.
      modulePathIgnorePatterns: ['/dist/'],
      // The sandbox shares node_modules, whose links lead out of it: the packages are taken from the sandbox itself.
      moduleNameMapper: {
        '^@hedui/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
        '^(\\.{1,2}/.*)\\.js$': '$1',
      },
      globalSetup: null,
      globalTeardown: null,
    },
  },
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
  tempDirName: '.cache/stryker',
  cleanTempDir: 'always',
};
