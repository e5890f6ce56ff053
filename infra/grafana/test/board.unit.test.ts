import { readFileSync } from 'node:fs';
import path from 'node:path';
import { METRICS, type MetricSpec } from '@hedui/telemetry';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

const at = (...parts: string[]) => readFileSync(path.join(__dirname, '..', ...parts), 'utf8');

interface Panel {
  title: string;
  type: string;
  targets?: { expr: string }[];
}
const board = JSON.parse(at('dashboards', 'hedui.json')) as { panels: Panel[] };
const rules = (
  parse(at('prometheus', 'rules.yaml')) as {
    groups: { rules: { alert: string; expr: string; annotations: { summary: string; action: string } }[] }[];
  }
).groups.flatMap((group) => group.rules);

const specs: readonly MetricSpec[] = Object.values(METRICS);
/** As Prometheus shows them: a histogram is several. */
const exported = new Map(
  specs.flatMap((spec) =>
    (spec.kind === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).map(
      (end) => [`${spec.name}${end}`, spec] as const,
    ),
  ),
);
const OF_PROMETHEUS = new Set(['le', 'job', 'service_name']);

const expressions: [string, string][] = [
  ...board.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }): [string, string] => [title, expr])),
  ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
];

describe('board and alerts', () => {
  it.each(expressions)('%s: %s names only what the code exports', (_where, expr) => {
    const named = expr.match(/\bhedui_[a-z_]+/g) ?? [];
    if (!expr.startsWith('up{')) expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !exported.has(name))).toEqual([]);
    const labels = [...expr.matchAll(/(?:by \(([^)]*)\)|\{([^}]*)\})/g)]
      .flatMap(([, by, filter]) => (by ?? filter ?? '').split(','))
      .map((label) => label.trim().replace(/[!=~].*/, ''))
      .filter((label) => label !== '' && !OF_PROMETHEUS.has(label));
    const known = new Set(named.flatMap((name) => exported.get(name)?.labels ?? []));
    expect(labels.filter((label) => !known.has(label))).toEqual([]);
  });

  it('shows every metric somewhere', () => {
    const all = expressions.map(([, expr]) => expr).join('\n');
    expect(specs.filter(({ name }) => !all.includes(name)).map(({ name }) => name)).toEqual([]);
  });

  it('warns of what the operator must not miss, and says what to do', () => {
    const text = rules.map(({ expr }) => expr).join('\n');
    for (const { name } of [
      METRICS.lag,
      METRICS.outboxSeconds,
      METRICS.deadLettersOpen,
      METRICS.batchQuiet,
      METRICS.sourceDays,
      METRICS.auditSeconds,
      METRICS.diskFree,
    ]) {
      expect(text).toContain(name);
    }
    for (const { annotations } of rules) {
      expect(annotations.summary).not.toBe('');
      expect(annotations.action).not.toBe('');
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});
