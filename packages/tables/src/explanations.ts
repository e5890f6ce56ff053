import { ID_TYPES } from '@hedui/contracts';
import type { CellKind, ColumnSpec } from './columns.js';

/** What somebody who fills a file in has to know about a column, in Chinese and English. */
export interface ColumnExplanation {
  readonly name: string;
  readonly required: string;
  /** Blank for a column without a title. */
  readonly meaning: string;
  readonly form: string;
  /** All codes that are allowed, when they are a list. */
  readonly codes: readonly string[];
  /** Invented; a value that the rules of the column accept. */
  readonly example: string;
}

/** Explains columns by their kinds and titles, in their order. */
export function explainColumns(columns: readonly ColumnSpec[]): ColumnExplanation[] {
  return columns.map((column) => ({
    name: column.name,
    required: requirement(column),
    meaning: column.title ? `${column.title.zh} / ${column.title.en}` : '',
    ...explainKind(column.kind),
  }));
}

function requirement({ required, requiredInHeader, kind }: ColumnSpec): string {
  if (required && kind.is !== 'idType') return '必填 / required';
  if (required || requiredInHeader) return '必须有此列，可留空 / the column must be there, a cell may be blank';
  return '选填 / optional';
}

function explainKind(kind: CellKind): { form: string; codes: readonly string[]; example: string } {
  const atMost = (length: number | undefined) =>
    length ? `，最多 ${length} 字 / text, at most ${length} characters` : ' / text';
  const is = (form: string, example: string, codes: readonly string[] = []) => ({ form, codes, example });
  switch (kind.is) {
    case 'text':
      return is(`文本${atMost(kind.maxLength)}`, '示例');
    case 'identifier':
      return is(`编号，按文本填写${atMost(kind.maxLength)}`, 'A-0001');
    case 'money':
      return is(
        '元，最多两位小数，非负，无千位分隔符 / yuan, at most two decimals, not negative, no separator',
        '1234.50',
      );
    case 'day':
      return is('日期 YYYY-MM-DD / a date', '2026-03-15');
    case 'month':
      return is('月份 YYYY-MM / a month', '2026-03');
    case 'count':
      return is('不小于 1 的整数 / a whole number of at least 1', '1');
    case 'code':
      return is('代码之一，区分大小写 / one of the codes, case matters', kind.of[0] ?? '', kind.of);
    case 'digits':
      return is(
        `${kind.width} 位数字，保留前导零 / ${kind.width} digits, leading zeros kept`,
        '1'.padStart(kind.width, '0'),
      );
    case 'letters':
      return is(
        kind.exactly ? `${kind.exactly} 个大写字母 / ${kind.exactly} capital letters` : '大写字母 / capital letters',
        'A'.repeat(kind.exactly ?? 1),
      );
    case 'region':
      return is('6 或 9 位行政区划代码 / a region code of 6 or 9 digits', '520102');
    case 'idType':
      return is('证件类型，空白为 resident_id / type of document, blank is resident_id', 'resident_id', ID_TYPES);
    case 'idNumber':
      return is('证件号码，按文本填写，不得遮盖 / document number as text, not masked', '520000196203180013');
    case 'name':
      return is('姓名，不得遮盖 / name, not masked', '张三');
    case 'creditCode':
      return is('统一社会信用代码 18 位 / unified social credit code, GB 32100', '91520000MA0AAAA1XK');
  }
}
