import { type Fen, type Hundredths, parseYuan } from '@hedui/contracts';

const hundredthsPattern = /^(\d{1,9})(?:\.(\d{1,2}))?$/;

/** Yuan as written in a policy (text, or a number of the document) → fen; null when it has another form. */
export function readMoney(value: string | number): Fen | null {
  return parseYuan(String(value));
}

/** A percentage, a multiple or a number of months → integer hundredths; null with more than two decimals or a sign. */
export function readHundredths(value: string | number): Hundredths | null {
  const match = hundredthsPattern.exec(String(value));
  if (!match) return null;
  return (Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))) as Hundredths;
}
