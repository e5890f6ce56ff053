import type { DetectionRates, RateRow } from '@hedui/contracts';
import Table from 'cli-table3';

type Figures = Omit<DetectionRates['total'], never>;

const GROUP_FIELDS = ['programme', 'verificationType', 'level', 'region', 'source', 'finding', 'month'] as const;

function groupFields(rates: DetectionRates): (typeof GROUP_FIELDS)[number][] {
  return GROUP_FIELDS.filter((field) => rates.rows.some((row) => row[field] !== undefined));
}

const percent = (rate: string | null): string => (rate === null ? '–' : `${(Number(rate) * 100).toFixed(2)}%`);
const counted = (figure: { count: number; rate: string | null }): string => `${figure.count}  ${percent(figure.rate)}`;

function cells(figures: Figures): string[] {
  const { incomplete, withdrawn, unauthorised } = figures.leftOut;
  return [
    String(figures.answered ?? figures.completed ?? 0),
    `${incomplete} / ${withdrawn} / ${unauthorised}`,
    counted(figures.flagged),
    counted(figures.detected),
    counted(figures.lowIncome),
    Object.entries(figures.lowIncome.tiers)
      .map(([tier, count]) => `${tier} ${count}`)
      .join(', '),
  ];
}

/** Said beside figures that do not hold every report yet. */
export const STILL_COUNTING = 'Reports are still being counted: ask again.';

/** Rates as a table for people: each rate with its numerator, the denominator, and what was left out. */
export function ratesTable(rates: DetectionRates): string {
  const groups = groupFields(rates);
  const denominator = rates.rows.some((row) => row.answered !== undefined) ? 'answered' : 'completed';
  const table = new Table({
    head: [...groups, denominator, 'left out*', 'flagged', 'detected', 'low income', 'tiers'],
    style: { head: [], border: [] },
  });
  for (const row of rates.rows) table.push([...groups.map((field) => String(row[field] ?? '')), ...cells(row)]);
  if (groups.length > 0) table.push([...groups.map((_, i) => (i === 0 ? 'total' : '')), ...cells(rates.total)]);
  else table.push(cells(rates.total));
  const behind = rates.behind ? `\n${STILL_COUNTING}` : '';
  return `${table.toString()}\n* incomplete / withdrawn / unauthorised households, not in the denominator. Known on ${rates.knownOn}.${behind}`;
}

const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The same as CSV, one line a row, the total last. */
export function ratesCsv(rates: DetectionRates): string {
  const groups = groupFields(rates);
  const rateNames = ['flagged', 'detected', 'confirmed', 'overturned', 'lowIncome'] as const;
  const head = [
    ...groups,
    'denominator',
    'incomplete',
    'withdrawn',
    'unauthorised',
    ...rateNames.flatMap((name) => [`${name}Count`, `${name}Rate`]),
    'tiers',
  ];
  const line = (labels: string[], f: RateRow | Figures): string =>
    [
      ...labels,
      String(f.answered ?? f.completed ?? 0),
      ...[f.leftOut.incomplete, f.leftOut.withdrawn, f.leftOut.unauthorised].map(String),
      ...rateNames.flatMap((name) => [String(f[name].count), f[name].rate ?? '']),
      Object.entries(f.lowIncome.tiers)
        .map(([tier, count]) => `${tier}=${count}`)
        .join(';'),
    ]
      .map(quote)
      .join(',');
  const rows = rates.rows.map((row) =>
    line(
      groups.map((field) => String(row[field] ?? '')),
      row,
    ),
  );
  return [
    head.join(','),
    ...rows,
    line(
      groups.map((_, i) => (i === 0 ? 'total' : '')),
      rates.total,
    ),
  ].join('\n');
}
