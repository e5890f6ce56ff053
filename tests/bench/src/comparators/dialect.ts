/**
 * Where the two databases of the comparators differ. Everything else of the SQL is the same text for both, so that one
 * reading of the rules is compared with Hedui twice.
 */
export interface Dialect {
  readonly name: 'postgres' | 'duckdb';
  /** Identity document → int8: for resident numbers the first 17 digits of the 18 (the last only checks them). */
  key(type: string, number: string): string;
  /** A name in the form in which names are compared. */
  nameForm(column: string): string;
  /** Yuan as text → fen; null stays null. */
  fen(column: string): string;
  /** Sum of fen, exact up to 2^53. */
  sum(expression: string, filter?: string): string;
  /** ⌊a ÷ b⌋ of int8. */
  quotient(a: string, b: string): string;
  /** For products that 64 bits do not hold. */
  wide(expression: string): string;
  /** ⌊a ÷ b⌋ of wide numbers, as int8. */
  wideQuotient(a: string, b: string): string;
  /** How a step's table is made; `select` is its content. */
  step(name: string, select: string): string[];
  /** How a table that stays is made, with the columns that find its rows. */
  keep(name: string, select: string, by: string): string[];
}

const FULL =
  '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ　';
const HALF = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ';
const DOTS = '•・‧.．･';
const ONE_DOT = '······';

/** 15 digits → the 17 that begin the number of 18: the century goes in after the address, 18 for the sequences 996 to 999. */
const fifteen = (n: string): string =>
  `(left(${n}, 6) || case when substr(${n}, 13, 3) >= '996' then '18' else '19' end || substr(${n}, 7))::int8`;

export const postgres: Dialect = {
  name: 'postgres',
  key: (type, number) => {
    const folded = `upper(btrim(normalize(${number}, NFKC)))`;
    return `case when ${type} is null or ${type} = 'resident_id' then
        case when length(${number}) = 18 and octet_length(${number}) = 18 then left(${number}, 17)::int8
             when length(${folded}) = 15 then ${fifteen(folded)}
             else left(${folded}, 17)::int8 end
      else -1 - (hashtextextended(${type} || ':' || ${folded}, 0) & 9223372036854775806) end`;
  },
  // PostgreSQL's C collation raises only ASCII letters, so upper() is told another one.
  nameForm: (column) =>
    `case when ${column} !~ '[^一-鿿]' then ${column} else
       upper(translate(regexp_replace(normalize(${column}, NFKC), '[\\s\\uFEFF]+', '', 'g'), '${DOTS}', '${ONE_DOT}')
         collate "pg_c_utf8") collate "C" end`,
  fen: (column) => `(${column}::numeric * 100)::int8`,
  // sum(int8) is numeric in PostgreSQL; whole numbers below 2^53 are exact in a double, and cheaper.
  sum: (expression, filter) =>
    `coalesce(sum((${expression})::float8)${filter ? ` filter (where ${filter})` : ''}, 0)::int8`,
  quotient: (a, b) => `((${a}) / (${b}))`,
  wide: (expression) => `(${expression})::numeric`,
  wideQuotient: (a, b) => `div(${a}, ${b})::int8`,
  step: (name, select) => [`create temp table ${name} on commit drop as ${select}`, `analyze ${name}`],
  keep: (name, select, by) => [`create table ${name} as ${select}`, `create index on ${name} (${by})`],
};

export const duckdb: Dialect = {
  name: 'duckdb',
  key: (type, number) => {
    const folded = `upper(trim(translate(${number}, '${FULL}', '${HALF}')))`;
    return `case when ${type} is null or ${type} = 'resident_id' then
        case when length(${number}) = 18 and strlen(${number}) = 18 then left(${number}, 17)::int8
             when length(${folded}) = 15 then ${fifteen(folded)}
             else left(${folded}, 17)::int8 end
      else -1 - (hash(${type} || ':' || ${folded}) >> 1)::int8 end`;
  },
  nameForm: (column) =>
    `case when regexp_full_match(${column}, '[\\x{4e00}-\\x{9fff}]+') then ${column} else
       upper(translate(regexp_replace(translate(${column}, '${FULL}', '${HALF}'), '[\\s\\x{3000}\\x{a0}\\x{feff}]+', '', 'g'),
         '${DOTS}', '${ONE_DOT}')) end`,
  fen: (column) => `(${column}::decimal(16, 2) * 100)::int8`,
  sum: (expression, filter) => `coalesce(sum(${expression})${filter ? ` filter (where ${filter})` : ''}, 0)::int8`,
  quotient: (a, b) => `((${a}) // (${b}))`,
  wide: (expression) => `(${expression})::hugeint`,
  wideQuotient: (a, b) => `((${a}) // (${b}))::int8`,
  step: (name, select) => [`create temp table ${name} as ${select}`],
  keep: (name, select) => [`create table ${name} as ${select}`],
};
