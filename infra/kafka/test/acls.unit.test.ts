import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TOPIC_ACCESS, topicGrants } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { aclScript } from '../acl-lines.mjs';

const written = readFileSync(path.resolve(__dirname, '../acls.sh'), 'utf8');

describe('acls.sh', () => {
  it('is what the contracts say; write-acls.mjs writes it anew', () => {
    expect(written).toBe(aclScript(topicGrants()));
  });

  it('says every grant once, and no other', () => {
    const said = written.split('\n').flatMap((line) => {
      if (!line.startsWith('acls --add')) return [];
      const all = (option: string) =>
        [...line.matchAll(new RegExp(` --${option} (\\S+)`, 'g'))].map(([, value]) => value);
      const [user] = all('allow-principal');
      const [pattern] = all('resource-pattern-type');
      return (['topic', 'group'] as const).flatMap((resource) =>
        all(resource).flatMap((name) =>
          all('operation').map((operation) => `${user} ${pattern} ${resource} ${name} ${operation}`),
        ),
      );
    });
    const wanted = topicGrants().map(
      ({ user, pattern, resource, name, operation }) => `User:${user} ${pattern} ${resource} ${name} ${operation}`,
    );
    expect(said.sort()).toEqual(wanted.sort());
    for (const { service } of TOPIC_ACCESS) expect(written).toContain(`User:${service} `);
  });
});
