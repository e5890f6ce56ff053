import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseSchema, eventLogSchema, readConfig } from '../src/index.js';

const SECRET = 'correct-horse-battery';
let folder: string;
const file = (name: string) => path.join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hedui-config-'));
  writeFileSync(file('url'), `postgres://hedui_tax:${SECRET}@db/hedui_tax\n`);
  writeFileSync(file('password'), `${SECRET}\n`);
  writeFileSync(file('nonsense'), SECRET);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const problemOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  throw new Error('accepted');
};

describe('secrets', () => {
  it('may lie in files', () => {
    expect(readConfig(databaseSchema, { DATABASE_URL_FILE: file('url') }).DATABASE_URL).toBe(
      `postgres://hedui_tax:${SECRET}@db/hedui_tax`,
    );
    const kafka = {
      HEDUI_LOG: 'kafka',
      KAFKA_BROKERS: 'b:1',
      KAFKA_SSL_CA: '/ca.pem',
      KAFKA_USERNAME: 'matcher',
      KAFKA_PASSWORD_FILE: file('password'),
    };
    expect(readConfig(eventLogSchema, kafka)).toMatchObject({ KAFKA_PASSWORD: SECRET });
  });

  it('are named by their problem and never shown, wherever they came from', () => {
    const nonsense = problemOf(() => readConfig(databaseSchema, { DATABASE_URL_FILE: file('nonsense') }));
    expect(nonsense).toContain('DATABASE_URL');
    const gone = problemOf(() => readConfig(databaseSchema, { DATABASE_URL_FILE: file('gone') }));
    expect(gone).toContain('DATABASE_URL_FILE: the file cannot be read');
    const twice = problemOf(() =>
      readConfig(databaseSchema, { DATABASE_URL: `postgres://u:${SECRET}@h/d`, DATABASE_URL_FILE: file('url') }),
    );
    expect(twice).toContain('is given twice');
    const inClear = problemOf(() =>
      readConfig(eventLogSchema, {
        HEDUI_LOG: 'kafka',
        KAFKA_BROKERS: 'b:1',
        KAFKA_USERNAME: 'u',
        KAFKA_PASSWORD: SECRET,
      }),
    );
    expect(inClear).toContain('KAFKA_SSL_CA');
    const half = problemOf(() =>
      readConfig(eventLogSchema, { HEDUI_LOG: 'kafka', KAFKA_BROKERS: 'b:1', KAFKA_SSL_CA: 'c', KAFKA_USERNAME: 'u' }),
    );
    expect(half).toContain('KAFKA_PASSWORD');
    for (const text of [nonsense, gone, twice, inClear, half]) expect(text).not.toContain(SECRET);
  });
});
