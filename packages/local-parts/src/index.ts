export { cacheFolder, whileLocked } from './cache.js';
export { type Child, type ChildOptions, killAll, startChild, stopAll } from './children.js';
export { bringDatabases, dropDatabases } from './databases.js';
export { until } from './deadline.js';
export { dockerAnswers } from './docker.js';
export { errorCode, messageOf } from './error-code.js';
export { brokerSettings, startKafka } from './kafka.js';
export type { Kafka, KafkaOptions, SecuredListener } from './kafka-broker.js';
export { containerArguments, removeKafkaVolume } from './kafka-docker.js';
export { fetchKafka, KAFKA_VERSION, type KafkaAvailability, kafkaAvailable, kafkaMissing } from './kafka-jars.js';
export { freePort, portIsFree } from './ports.js';
export {
  databaseUrl,
  externalPostgres,
  type Postgres,
  type PostgresOptions,
  startPostgres,
} from './postgres.js';
export { removePostgres } from './postgres-data.js';
export { commandLine, isAlive, signal, stopLeftover, stopProcess } from './processes.js';
export { NO_REDIS, onPath, type Redis, redisProgram, startRedis } from './redis.js';
export { PartUnavailable } from './unavailable.js';
export { type SystemUser, unprivilegedUser } from './users.js';
