export {
  freePort,
  type Kafka,
  kafkaAvailable,
  onPath,
  type Postgres,
  startKafka,
  startPostgres,
  unprivilegedUser,
} from '@hedui/local-parts';
export { everyone } from './caller.js';
export { type TestAuthority, type TestCertificate, testAuthority } from './certificates.js';
export { countMigrations, type EarlierSchema, withEarlierSchema } from './earlier-schema.js';
export { type EventuallyOptions, eventually } from './eventually.js';
export {
  describeWith,
  type PartName,
  type TestDatabase,
  testDatabase,
  testKafka,
  testParts,
  testRedis,
  uniqueName,
} from './parts/index.js';
export { layWire, type Wire } from './wire.js';
