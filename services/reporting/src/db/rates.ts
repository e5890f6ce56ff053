import { FINDING_CODES, type GroupBy, SOURCES } from '@hedui/contracts';
import { asInteger, type Client } from '@hedui/postgres';

/** Which reports are counted, and by what. Months as in contracts: year × 12 + month − 1. */
export interface RatesQuestion {
  from: number;
  to: number;
  groupBy: readonly GroupBy[];
  programme: string | null;
  verificationType: string | null;
  /** Digits that a region code begins with. */
  regionPrefix: string | null;
  /** The same of each region that the caller may see: a row of a wider one would tell less than its name says. Empty: everywhere. */
  reach: readonly string[];
}

/** The value of each dimension that was asked for, as it stands in the answer. */
export type Group = Partial<Record<'programme' | 'verificationType' | 'region' | 'level' | 'source' | 'month', string>>;

/** Households of one group, counted. */
export interface GroupCounts {
  group: Group;
  /** The denominator: completed, or answered when grouped by source. */
  counted: number;
  incomplete: number;
  /** Left out because an authorisation ended: taken back, or never signed. */
  withdrawn: number;
  unauthorised: number;
  flagged: number;
  detected: number;
  /** Households of each tier but `none`. */
  tiers: Record<string, number>;
  /** With `finding`: how many of the counted households have each finding. */
  findings: Map<string, number>;
}

interface Dimension {
  /** Name in the answer → SQL over `spread`. */
  columns: readonly (readonly [name: keyof Group, sql: string])[];
  /** What is joined to a household so that it stands in each of its groups. */
  join?: string;
}

const sourceRows = SOURCES.map((source, i) => `(${i}, '${source}')`).join(', ');

const dimensions: Record<Exclude<GroupBy, 'finding'>, Dimension> = {
  programme: { columns: [['programme', 'h.programme']] },
  type: { columns: [['verificationType', 'h.verification_type']] },
  month: { columns: [['month', 'h.month']] },
  region: {
    columns: [
      ['region', 'place.code'],
      ['level', 'place.level'],
    ],
    join: `CROSS JOIN LATERAL (VALUES
        ('province', left(h.region, 2) || '0000', true),
        ('city', left(h.region, 4) || '00', substr(h.region, 3, 2) <> '00'),
        ('county', left(h.region, 6), substr(h.region, 5, 2) <> '00'),
        ('township', h.region, length(h.region) = 9)) AS place (level, code, is_there)`,
  },
  source: {
    columns: [['source', 'source.name']],
    join: `CROSS JOIN (VALUES ${sourceRows}) AS source (no, name)`,
  },
};

const sumOf = (condition: string): string => `coalesce(sum(households) FILTER (WHERE ${condition}), 0)`;

/**
 * Households that are alike in all that is counted are put together before they are spread over their groups: which of a household's
 * reports is its latest, and what lies in reach, the function of the database says (migrations/0004_access.sql).
 */
function ratesSql(groupBy: readonly GroupBy[]): { sql: string; names: (keyof Group)[] } {
  const used = groupBy.filter((by) => by !== 'finding').map((by) => dimensions[by]);
  const columns = used.flatMap((dimension) => dimension.columns);
  const groups = columns.map((_, i) => `g${i}`);
  const bySource = groupBy.includes('source');
  const sql = `
    WITH alike AS MATERIALIZED (SELECT * FROM latest_in_reach($1, $2, $3, $4, $5, ${groupBy.includes('month')})),
    spread AS (
      SELECT ${columns.map(([, column], i) => `${column} AS g${i}, `).join('')}
        h.conclusion, h.tier, h.findings, h.households,
        ${bySource ? '(h.sources_answered >> source.no) & 1 = 1' : "h.conclusion NOT IN ('incomplete', 'withdrawn', 'unauthorised')"} AS counted,
        ${bySource ? '(h.sources_flagged >> source.no) & 1 = 1' : 'h.flagged'} AS flagged,
        ${bySource ? 'source.no' : 'NULL::int'} AS source_no
      FROM alike h ${used.map((dimension) => dimension.join ?? '').join(' ')}
      ${groupBy.includes('region') ? 'WHERE place.is_there AND place.code LIKE ANY ($6::text[])' : 'WHERE h.region LIKE ANY ($6::text[])'}
    )
    SELECT ${[...groups, ''].join(', ')} grouping(tier) = 1 AS whole, tier, NULL::int AS finding,
      ${sumOf('counted')} AS counted,
      ${sumOf("conclusion = 'incomplete'")} AS incomplete,
      ${sumOf("conclusion = 'withdrawn'")} AS withdrawn,
      ${sumOf("conclusion = 'unauthorised'")} AS unauthorised,
      ${sumOf('counted AND flagged')} AS flagged,
      ${sumOf("counted AND conclusion = 'does_not_meet'")} AS detected
    FROM spread GROUP BY GROUPING SETS ((${groups.join(', ')}), (${[...groups, 'tier'].join(', ')}))
    ${groupBy.includes('finding') ? `UNION ALL ${findingsSql(groups, bySource)}` : ''}`;
  return { sql, names: columns.map(([name]) => name) };
}

/** Counted households that have a finding, once each however often they have it. */
function findingsSql(groups: readonly string[], bySource: boolean): string {
  return `SELECT ${[...groups, ''].join(', ')} false, NULL, found.no, sum(households), 0, 0, 0, 0, 0
    FROM spread CROSS JOIN LATERAL (
      SELECT DISTINCT get_byte(findings, 2 * i) AS no FROM generate_series(0, length(findings) / 2 - 1) AS i
      ${bySource ? 'WHERE get_byte(findings, 2 * i + 1) = source_no + 1' : ''}) AS found
    WHERE counted GROUP BY ${[...groups, 'found.no'].join(', ')}`;
}

type Row = Record<string, unknown>;

/** Counts the households of every group. Without groups there is one, also when nobody is counted. */
export async function countGroups(client: Client, question: RatesQuestion): Promise<GroupCounts[]> {
  const { sql, names } = ratesSql(question.groupBy);
  const { rows } = await client.query<Row>(sql, [
    question.from,
    question.to,
    question.programme,
    question.verificationType,
    question.regionPrefix,
    question.reach.map((prefix) => `${prefix}%`),
  ]);
  const groups = new Map<string, GroupCounts>();
  const groupOf = (row: Row): GroupCounts => {
    const values = names.map((_, i) => String(row[`g${i}`]));
    const key = values.join('\n');
    let counts = groups.get(key);
    if (counts === undefined) {
      const group = Object.fromEntries(names.map((name, i) => [name, values[i]]));
      const none = { counted: 0, incomplete: 0, withdrawn: 0, unauthorised: 0, flagged: 0, detected: 0 };
      counts = { group, ...none, tiers: {}, findings: new Map() };
      groups.set(key, counts);
    }
    return counts;
  };
  for (const row of rows) addRow(groupOf(row), row);
  return [...groups.values()];
}

function addRow(counts: GroupCounts, row: Row): void {
  const counted = asInteger(row.counted);
  if (row.whole === true) {
    counts.counted = counted;
    counts.incomplete = asInteger(row.incomplete);
    counts.withdrawn = asInteger(row.withdrawn);
    counts.unauthorised = asInteger(row.unauthorised);
    counts.flagged = asInteger(row.flagged);
    counts.detected = asInteger(row.detected);
  } else if (row.finding !== null) {
    const code = FINDING_CODES[asInteger(row.finding)];
    if (code !== undefined) counts.findings.set(code, counted);
  } else if (typeof row.tier === 'string' && row.tier !== 'none' && counted > 0) {
    counts.tiers[row.tier] = counted;
  }
}
