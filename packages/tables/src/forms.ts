import { ID_TYPES } from '@hedui/contracts';
import type { CellKind } from './columns.js';

/** The form of a kind for the rule's text, in both languages. */
export function formOf(kind: CellKind): string {
  switch (kind.is) {
    case 'text':
    case 'identifier':
      return kind.maxLength ? `≤ ${kind.maxLength}` : '';
    case 'money':
      return '元，最多两位小数，非负，无千位分隔符 / yuan, at most two decimals, not negative, no separator';
    case 'day':
      return 'YYYY-MM-DD';
    case 'month':
      return 'YYYY-MM';
    case 'count':
      return '1, 2, 3 …';
    case 'code':
      return kind.of.join(' ');
    case 'idType':
      return ID_TYPES.join(' ');
    case 'digits':
      return `${kind.width} 位数字 / ${kind.width} digits`;
    case 'letters':
      return kind.exactly ? `${kind.exactly} × A–Z` : 'A–Z';
    case 'region':
      return '6 或 9 位数字 / 6 or 9 digits';
    case 'creditCode':
      return 'GB 32100';
    case 'name':
    case 'idNumber':
      return '';
  }
}
