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

const NO_FINDINGS = `''::bytea`;

/**
 * Every report, and in its place the ending of a household whose authorisation ended: whether its report came or not, it is no
 * conclusion. `conclusion` then is the reason.
 */
const ENTRIES = `
  SELECT l.applicant_key, l.programme, l.verification_type, l.month, l.region, l.as_of, l.conclusion, l.tier, l.flagged,
    l.sources_flagged, l.sources_answered, l.findings, c.issue_no, c.chunk_id, l.index
  FROM ledger l JOIN chunk c USING (chunk_no)
  WHERE l.month BETWEEN $1 AND $2
    AND NOT EXISTS (SELECT FROM ending e WHERE e.chunk_id = c.chunk_id AND e.index = l.index)
  UNION ALL
  SELECT applicant_key, programme, verification_type, month, region, as_of, reason, NULL, false, 0, 0, ${NO_FINDINGS}, issue_no,
    chunk_id, index
  FROM ending WHERE month BETWEEN $1 AND $2`;

/**
 * A household's latest report (or ending) of the period: by as-of date, then in the order of issue (batches in the order in which
 * their first reports came, the chunks of a batch in the order in which they were made, a chunk's households in turn).
 */
function latestSql(byMonth: boolean): string {
  const key = `l.applicant_key, l.programme, l.verification_type${byMonth ? ', l.month' : ''}`;
  return `SELECT DISTINCT ON (${key}) l.programme, l.verification_type, l.month, l.region, l.conclusion, l.tier,
      l.flagged, l.sources_flagged, l.sources_answered, l.findings
    FROM (${ENTRIES}) AS l
    WHERE ($3::text IS NULL OR l.programme = $3) AND ($4::text IS NULL OR l.verification_type = $4)
    ORDER BY ${key}, l.as_of DESC, l.issue_no DESC, length(l.chunk_id) DESC, l.chunk_id COLLATE "C" DESC, l.index DESC`;
}

const sumOf = (condition: string): string => `coalesce(sum(households) FILTER (WHERE ${condition}), 0)`;

/** Households that are alike in all that is counted are put together before they are spread over their groups. */
function ratesSql(groupBy: readonly GroupBy[]): { sql: string; names: (keyof Group)[] } {
  const used = groupBy.filter((by) => by !== 'finding').map((by) => dimensions[by]);
  const columns = used.flatMap((dimension) => dimension.columns);
  const groups = columns.map((_, i) => `g${i}`);
  const bySource = groupBy.includes('source');
  const sql = `
    WITH latest AS (${latestSql(groupBy.includes('month'))}),
    alike AS MATERIALIZED (
      SELECT programme, verification_type, month, region, conclusion, tier, flagged, sources_flagged, sources_answered,
        findings, count(*) AS households
      FROM latest WHERE $5::text IS NULL OR starts_with(region, $5)
      GROUP BY programme, verification_type, month, region, conclusion, tier, flagged, sources_flagged, sources_answered,
        findings
    ),
    spread AS (
      SELECT ${columns.map(([, column], i) => `${column} AS g${i}, `).join('')}
        h.conclusion, h.tier, h.findings, h.households,
        ${bySource ? '(h.sources_answered >> source.no) & 1 = 1' : "h.conclusion NOT IN ('incomplete', 'withdrawn', 'unauthorised')"} AS counted,
        ${bySource ? '(h.sources_flagged >> source.no) & 1 = 1' : 'h.flagged'} AS flagged,
        ${bySource ? 'source.no' : 'NULL::int'} AS source_no
      FROM alike h ${used.map((dimension) => dimension.join ?? '').join(' ')}
      ${groupBy.includes('region') ? 'WHERE place.is_there' : ''}
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
