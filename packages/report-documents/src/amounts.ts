import { type Bilingual, type Day, formatDay, formatYuan, monthsBefore, parseDay } from '@hedui/contracts';

const yuanPattern = /^(-?)(\d+)\.(\d{2})$/;

/** `1234567.80` → `1,234,567.80`; a text that is no amount stands as it is. */
export function groupedYuan(yuan: string): string {
  const match = yuanPattern.exec(yuan);
  if (!match) return yuan;
  const [, sign, whole, cents] = match;
  return `${sign}${whole?.replace(/\B(?=(?:\d{3})+$)/g, ',')}.${cents}`;
}

export function yuanInWords(yuan: string): Bilingual {
  const amount = groupedYuan(yuan);
  return { zh: `${amount} 元`, en: `CNY ${amount}` };
}

/** Yuan → fen; the sum of amounts stays exact below 2⁵³ fen. */
export function sumYuan(amounts: readonly string[]): string {
  return formatYuan(amounts.reduce((sum, yuan) => sum + Number(yuan.replace('.', '')), 0));
}

const monthNames = 'January February March April May June July August September October November December'.split(' ');

/** `2026-11-05` → 2026年11月5日, 5 November 2026; a text that is no date stands as it is. */
export function dateInWords(text: string): Bilingual {
  if (parseDay(text) === null) return { zh: text, en: text };
  const [year, month, day] = text.split('-').map(Number);
  return { zh: `${year}年${month}月${day}日`, en: `${day} ${monthNames[(month ?? 1) - 1]} ${year}` };
}

const CHINA_OFFSET_MS = 8 * 3_600_000;

/** A point in time as the clock of China shows it (`YYYY-MM-DD`, `HH:MM`), or null when the text is no time. */
export function chinaTime(instant: string): { day: string; time: string } | null {
  const at = Date.parse(instant);
  if (Number.isNaN(at)) return null;
  const text = new Date(at + CHINA_OFFSET_MS).toISOString();
  return { day: text.slice(0, 10), time: text.slice(11, 16) };
}

export function instantInWords(instant: string): Bilingual {
  const local = chinaTime(instant);
  if (local === null) return { zh: instant, en: instant };
  const day = dateInWords(local.day);
  return { zh: `${day.zh} ${local.time}`, en: `${day.en}, ${local.time} (China time)` };
}

/** The date `months` after a date, the day clamped to the month's length. */
export function monthsAfter(day: string, months: number): string {
  const from: Day | null = parseDay(day);
  return from === null ? day : formatDay(monthsBefore(from, -months));
}
