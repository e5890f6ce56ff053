import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { judge } from '../advisories.mjs';

const here = path.resolve(__dirname, '..');

const finding = (id: string, severity = 'high') => ({
  via: [{ source: 1, name: 'left-pad', title: 'pads too far', severity, url: `https://github.com/advisories/${id}` }],
});

describe('what is known against the parts', () => {
  const audit = { vulnerabilities: { a: finding('GHSA-aaaa-bbbb-cccc'), b: { via: ['a'] } } };

  it('is a problem until it was looked at', () => {
    expect(judge(audit, [], '2026-11-23')).toEqual({
      known: 1,
      problems: ['left-pad: pads too far (high, GHSA-aaaa-bbbb-cccc) is not in infra/security/exceptions.json'],
    });
    const exception = { id: 'GHSA-aaaa-bbbb-cccc', why: 'we do not pad', until: '2026-12-31' };
    expect(judge(audit, [exception], '2026-11-23').problems).toEqual([]);
  });

  it('is a problem again when its exception ends, and an exception without a reason is one too', () => {
    const ended = { id: 'GHSA-aaaa-bbbb-cccc', why: 'we do not pad', until: '2026-11-22' };
    expect(judge(audit, [ended], '2026-11-23').problems).toEqual([
      'left-pad: the exception for GHSA-aaaa-bbbb-cccc ended on 2026-11-22',
    ]);
    expect(judge({}, [ended], '2026-11-01').problems).toEqual([
      'GHSA-aaaa-bbbb-cccc is an exception, and nothing is known of it any more: remove it',
    ]);
  });

  it('has exceptions that say why, and end within a quarter of a year of being looked at', () => {
    const exceptions: { id: string; why: string; until: string }[] = JSON.parse(
      readFileSync(path.join(here, 'exceptions.json'), 'utf8'),
    );
    for (const { id, why, until } of exceptions) {
      expect(id).toMatch(/^GHSA(-[0-9a-z]{4}){3}$/);
      expect(why.length).toBeGreaterThan(20);
      expect(until).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    }
  });
});

describe('the list of parts', () => {
  it('is CycloneDX, made from the lock file alone', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hedui-parts-'));
    const file = path.join(folder, 'parts.cdx.json');
    execFileSync(process.execPath, [path.join(here, 'parts-list.mjs'), file], { stdio: 'ignore' });
    const list = JSON.parse(readFileSync(file, 'utf8'));
    rmSync(folder, { recursive: true, force: true });
    expect(list).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { component: { name: 'hedui' } },
    });
    const names = new Set(
      list.components.map(({ group, name }: { group?: string; name: string }) => (group ? `${group}/${name}` : name)),
    );
    for (const part of ['fastify', 'pg', 'kafkajs', 'ioredis', 'undici', 'zod', 'jose', '@fastify/helmet'])
      expect(names).toContain(part);
    for (const part of ['@biomejs/biome', 'turbo']) expect(names).not.toContain(part);
  }, 60_000);
});

describe('the ASVS, line by line', () => {
  const text = readFileSync(path.join(here, 'asvs.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+)\.(\d+)\.(\d+) \| ([12]) \| (yes|part|no)\b/gm)];

  it('answers each of its 253 requirements once, in order, and the README has the counts', () => {
    const lines = text.split('\n').filter((line) => /^\| \d/.test(line));
    expect(rows).toHaveLength(lines.length);
    const none = text.match(/\b17\.\d+\.\d+\b/g) ?? [];
    expect(rows.length + none.length).toBe(253);
    const keys = rows.map(([, chapter, section, at]) => Number(chapter) * 10_000 + Number(section) * 100 + Number(at));
    expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
    const count = (answer: string) => rows.filter((row) => row[5] === answer).length;
    expect(readFileSync(path.join(here, 'README.md'), 'utf8')).toContain(
      `all 253 lines: ${count('yes')} yes, ${count('part')} in part, ${count('no') + none.length} no and why`,
    );
  });
});
