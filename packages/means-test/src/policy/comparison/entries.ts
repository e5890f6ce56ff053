import { formatYuan } from '@hedui/contracts';
import { readHundredths, readMoney } from '../decimal.js';
import type { PolicyDocument } from '../document.js';

const MONEY = new Set(['monthly', 'yearly', 'monthlyCap', 'loanRepayment', 'investorCapital']);
const DECIMAL = new Set(['percent', 'standardMultiple', 'ratePercent', 'incomeCeiling', 'fundBalanceMonths']);
/** A list whose order and repetitions mean nothing is one text, sorted: `tax, vehicle`; empty when it holds nothing. */
export const LIST_SEPARATOR = ', ';

/**
 * What a policy says, as one text for each dotted key, in the order of the document: rows by region, area and date
 * (`standards.520100.urban.2026-07-01`), programmes by code, tiers by code beside their order (`tiers`; a code that comes again
 * is `dibao#2`). What says the same gives the same texts: money has two decimals, a multiple none that it does not need,
 * a test that is `false` is left out like one that is absent.
 */
export function policyEntries(document: PolicyDocument): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const [key, value] of Object.entries(document)) {
    if (key === 'standards') addRows(entries, key, document.standards);
    else if (key === 'disposableIncome') addRows(entries, key, document.disposableIncome ?? []);
    else if (key === 'tiers') addTiers(entries, document.tiers);
    else addValue(entries, [key], value);
  }
  return entries;
}

function addRows(
  entries: Map<string, string>,
  table: string,
  rows: readonly { region: string; area: string; from: string; monthly?: unknown; yearly?: unknown }[],
): void {
  for (const { region, area, from, monthly, yearly } of rows) {
    entries.set([table, region, area, from].join('.'), scalarText('monthly', monthly ?? yearly));
  }
}

function addTiers(entries: Map<string, string>, tiers: PolicyDocument['tiers']): void {
  const seen = new Map<string, number>();
  const named = tiers.map(({ code, ...programmes }) => {
    const times = (seen.get(code) ?? 0) + 1;
    seen.set(code, times);
    return { name: times === 1 ? code : `${code}#${times}`, programmes };
  });
  entries.set('tiers', named.map(({ name }) => name).join(LIST_SEPARATOR));
  for (const { name, programmes } of named) addValue(entries, ['tiers', name], programmes);
}

function addValue(entries: Map<string, string>, path: readonly string[], value: unknown): void {
  if (value === undefined || value === false) return;
  if (Array.isArray(value)) entries.set(path.join('.'), [...new Set(value)].sort().join(LIST_SEPARATOR));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) addValue(entries, [...path, key], inner);
  } else entries.set(path.join('.'), scalarText(path.at(-1) ?? '', value));
}

function scalarText(key: string, value: unknown): string {
  const text = String(value);
  if (MONEY.has(key)) return formatYuan(readMoney(text) ?? Number.NaN);
  if (DECIMAL.has(key)) return String((readHundredths(text) ?? Number.NaN) / 100);
  return text;
}
