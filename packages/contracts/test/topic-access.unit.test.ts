import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { RECORD_TYPES, recordTopic, SOURCES, TOPIC_ACCESS, TOPICS, topicGrants } from '../src/index.js';

const root = path.resolve(__dirname, '../../..');

/** What the sources of a folder name as `TOPICS.something`. */
function named(...folders: string[]): string[] {
  const found = new Set<string>();
  for (const folder of folders) {
    for (const file of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const text = readFileSync(path.join(root, folder, file), 'utf8');
      for (const [, name = ''] of text.matchAll(/\bTOPICS\.(\w+)/g)) found.add(name);
    }
  }
  const specs = new Map<string, string>(Object.entries(TOPICS).map(([name, spec]) => [name, spec.name]));
  return [...found].map((name) => specs.get(name) ?? name).sort();
}

const accessOf = (service: string) => {
  const found = TOPIC_ACCESS.find((one) => one.service === service);
  if (!found) throw new Error(`nothing is said of ${service}`);
  return found;
};
const allOf = (service: string) => {
  const { reads, writes, ensures } = accessOf(service);
  return new Set([...reads, ...writes, ...ensures]);
};
const sourceServices = SOURCES.map((source) => `${source.replaceAll('_', '-')}-source`);

describe('what the services may do with topics', () => {
  it('is said of every service that uses the log', () => {
    expect(TOPIC_ACCESS.map(({ service }) => service)).toEqual([
      ...sourceServices,
      'matcher',
      'verification',
      'reporting',
    ]);
  });

  it.each([
    ['matcher', ['services/matcher/src']],
    ['verification', ['services/verification/src']],
    ['reporting', ['services/reporting/src']],
    ...sourceServices.map((name): [string, string[]] => [name, ['packages/source-kit/src', `services/${name}/src`]]),
  ])('covers every topic that %s names, and the topics of records that it handles', (service, folders) => {
    const covered = allOf(service);
    expect(named(...folders).filter((topic) => !covered.has(topic))).toEqual([]);
  });

  it('lets a source write its own records and no other one’s', () => {
    for (const { source, type } of RECORD_TYPES) {
      const writers = TOPIC_ACCESS.filter(({ writes }) => writes.includes(recordTopic(source, type).name));
      expect(writers.map(({ service }) => service)).toEqual([`${source.replaceAll('_', '-')}-source`]);
    }
  });

  it('lets the matcher write reports and verification publish them again, verification alone policies and requests, and nobody in the blind zone write records', () => {
    const writersOf = (topic: string) =>
      TOPIC_ACCESS.filter(({ writes }) => writes.includes(topic)).map(({ service }) => service);
    for (const { name } of [TOPICS.reports, TOPICS.reportsOnline]) {
      expect(writersOf(name)).toEqual(['matcher', 'verification']);
    }
    for (const { name } of [TOPICS.policies, TOPICS.requests, TOPICS.requestsOnline]) {
      expect(writersOf(name)).toEqual(['verification']);
    }
    expect(writersOf(TOPICS.mending.name)).toEqual(['reporting']);
    expect(accessOf('reporting').writes).not.toContain(TOPICS.reports.name);
  });

  it('comes to grants without wildcards, on topics that exist', () => {
    const grants = topicGrants();
    const known = new Set([
      ...Object.values(TOPICS).map(({ name }) => name),
      ...RECORD_TYPES.map(({ source, type }) => recordTopic(source, type).name),
    ]);
    for (const { resource, name, pattern } of grants) {
      expect(name).not.toContain('*');
      if (resource === 'topic') expect([known.has(name), pattern]).toEqual([true, 'literal']);
    }
    const keys = grants.map((grant) => JSON.stringify(grant));
    expect(new Set(keys).size).toBe(keys.length);
  });
});
