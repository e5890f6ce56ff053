import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { demandPart, noteMissing, whyMissing } from './demand.js';
import type { PartName } from './names.js';

export type { PartName } from './names.js';

/** A name that no other test uses, fit for databases, topics and consumer groups: `prefix_1a2b3c4d5e6f`. */
export function uniqueName(prefix = 't'): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`;
}

const testFile = () => {
  const at = expect.getState().testPath;
  return at ? path.relative(process.cwd(), at) : 'a test';
};

/** A database of its own for a test file. */
export interface TestDatabase {
  name: string;
  url: string;
  /** Closes what is connected and removes it. Call it in `afterAll`. */
  drop(): Promise<void>;
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Makes an empty database on the run's PostgreSQL. */
export async function testDatabase(prefix = 'test'): Promise<TestDatabase> {
  const admin = await demandPart('postgres', testFile());
  const name = uniqueName(prefix);
  await asAdmin(admin, `create database ${pg.escapeIdentifier(name)} template template0`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.toString(),
    drop: () => asAdmin(admin, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`),
  };
}

/** The run's Kafka; use `uniqueName` for topics and groups. Topics are not made by themselves. */
export async function testKafka(): Promise<{ brokers: string[] }> {
  return { brokers: (await demandPart('kafka', testFile())).split(',') };
}

/** The run's Redis; use `uniqueName` for key prefixes. */
export async function testRedis(): Promise<{ url: string }> {
  return { url: await demandPart('redis', testFile()) };
}

/** The three above as one object, for a test that hands them on. */
export const testParts = () => ({ database: testDatabase, kafka: testKafka, redis: testRedis });

/**
 * `describe` for tests that need parts that a machine may lack. Where one cannot be had the tests are named at the end of the
 * run, and they fail, unless HEDUI_ALLOW_MISSING_PARTS=1 accepts that they are left out.
 */
export function describeWith(parts: readonly PartName[], name: string, body: () => void): void {
  const missing = parts.flatMap((part) => {
    const why = whyMissing(part);
    return why ? [{ part, why }] : [];
  });
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  for (const { part, why } of missing) noteMissing(`${testFile()} › ${name}`, part, why);
  if (process.env.HEDUI_ALLOW_MISSING_PARTS === '1') {
    describe.skip(name, body);
    return;
  }
  describe(name, () => {
    it(`needs ${missing.map((m) => m.part).join(' and ')}`, () => {
      throw new Error(missing.map((m) => m.why).join('; '));
    });
  });
}
