import {
  describeWith,
  eventually,
  type TestDatabase,
  testDatabase,
  testKafka,
  testRedis,
  uniqueName,
} from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';

describe('testDatabase', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase('parts');
  });
  afterAll(() => database.drop());

  it('gives an empty UTF-8 database of its own', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query('select current_database() as name, getdatabaseencoding() as encoding');
    await client.end();
    expect(rows).toEqual([{ name: database.name, encoding: 'UTF8' }]);
  });

  it('gives another one each time', async () => {
    const other = await testDatabase('parts');
    expect(other.name).not.toBe(database.name);
    await other.drop();
  });
});

describeWith(['redis'], 'testRedis', () => {
  it('gives an address', async () => {
    expect((await testRedis()).url).toMatch(/^redis:\/\//);
  });
});

describeWith(['kafka'], 'testKafka', () => {
  it('gives brokers', async () => {
    expect((await testKafka()).brokers).toEqual([expect.stringMatching(/^[\w.]+:\d+$/)]);
  });
});

describe('eventually', () => {
  it('returns the first truthy result', async () => {
    let calls = 0;
    await expect(eventually(() => ++calls > 2 && calls, { every: 1 })).resolves.toBe(3);
  });

  it('says what it waited for and what came last', async () => {
    const never = () => {
      throw new Error('still empty');
    };
    await expect(eventually(never, { within: 5, every: 1, what: 'the queue' })).rejects.toThrow(
      /the queue; at last: still empty/,
    );
  });
});

describe('uniqueName', () => {
  it('never repeats', () => {
    expect(uniqueName('topic')).not.toBe(uniqueName('topic'));
  });
});
