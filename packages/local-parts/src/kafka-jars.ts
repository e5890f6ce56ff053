import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, whileLocked } from './cache.js';
import { outputOf } from './error-code.js';
import { onPath } from './redis.js';
import { PartUnavailable } from './unavailable.js';

const run = promisify(execFile);
export const KAFKA_VERSION = '4.1.1';
const LOG4J_VERSION = '2.25.1';
const FETCH_MS = 300_000;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>hedui</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

const REMEDY =
  'Give a broker in KAFKA_BROKERS, install Java 17 and Maven, or use the PostgreSQL event log (--log postgres).';
const NO_JAVA = 'Java is not installed (17 or newer is needed)';
const NO_MAVEN = 'Maven (mvn), which fetches Apache Kafka, is not installed';
const jarFolder = () => path.join(cacheFolder(), `kafka-${KAFKA_VERSION}`);
const cached = () => existsSync(path.join(jarFolder(), `kafka_2.13-${KAFKA_VERSION}.jar`));

const java = (): string | null => {
  const home = process.env.JAVA_HOME;
  if (home && existsSync(path.join(home, 'bin', 'java'))) return path.join(home, 'bin', 'java');
  return onPath('java');
};

async function javaMajor(program: string): Promise<number> {
  const { stderr, stdout } = await run(program, ['-version']);
  const major = /version "(?:1\.)?(\d+)/.exec(stderr + stdout);
  return major ? Number(major[1]) : 0;
}

export type KafkaAvailability =
  | { available: true; java: string }
  | { available: false; missing: 'java' | 'mvn'; why: string };

/** Whether a broker can be run here: Java of at least 17, and its jars in the cache or Maven to fetch them. */
export async function kafkaAvailable(): Promise<KafkaAvailability> {
  const program = java();
  if (!program) return { available: false, missing: 'java', why: NO_JAVA };
  const major = await javaMajor(program).catch(() => 0);
  if (major < 17)
    return {
      available: false,
      missing: 'java',
      why: `Java ${major || 'of unknown version'} is too old (17 or newer is needed)`,
    };
  if (!cached() && !onPath('mvn')) {
    return { available: false, missing: 'mvn', why: NO_MAVEN };
  }
  return { available: true, java: program };
}

/** Why a broker cannot be run here as far as a look at the PATH tells, else null. */
export function kafkaMissing(): string | null {
  if (!java()) return NO_JAVA;
  return cached() || onPath('mvn') ? null : NO_MAVEN;
}

async function fetchJars(): Promise<void> {
  const target = jarFolder();
  mkdirSync(path.dirname(target), { recursive: true });
  const fresh = mkdtempSync(path.join(path.dirname(target), '.kafka-'));
  try {
    writeFileSync(path.join(fresh, 'pom.xml'), POM);
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=libs'], {
      cwd: fresh,
      timeout: FETCH_MS,
    });
    if (readdirSync(path.join(fresh, 'libs')).length === 0) throw new Error('Maven copied nothing');
    rmSync(target, { recursive: true, force: true });
    renameSync(path.join(fresh, 'libs'), target);
  } catch (error) {
    const said = outputOf(error, 'stdout').split('\n').slice(0, 4).join('\n');
    throw new PartUnavailable(
      'Kafka',
      `fetching Apache Kafka ${KAFKA_VERSION} with Maven failed: ${said}`,
      REMEDY,
      error,
    );
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Java's path and the class path of the broker, whose jars are fetched once into the cache.
 * @throws PartUnavailable when Java or Maven is missing or the download fails.
 */
export async function kafkaProgram(): Promise<{ java: string; classPath: string }> {
  const state = await kafkaAvailable();
  if (!state.available) throw new PartUnavailable('Kafka', state.why, REMEDY);
  if (!cached()) {
    await whileLocked(`${jarFolder()}.lock`, FETCH_MS, async () => {
      if (!cached()) await fetchJars();
    });
  }
  return { java: state.java, classPath: path.join(jarFolder(), '*') };
}

/**
 * Fetches what a broker needs, so that a later start does not wait for the network.
 * @throws PartUnavailable as `startKafka` would.
 */
export async function fetchKafka(): Promise<void> {
  await kafkaProgram();
}
