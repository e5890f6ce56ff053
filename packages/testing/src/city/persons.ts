import { type Day, formatDay } from '@hedui/contracts';
import type { Random } from './random.js';

/** An invented person. The prefix 520000 is a province's own code, so the number belongs to nobody. */
export interface InventedPerson {
  /** 18 characters, valid. */
  number: string;
  name: string;
  birth: Day;
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11643 check character of 17 digits; written apart from packages/identity-numbers, so that a test can compare. */
export function checkCharacter(digits: string): string {
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(digits[i]), 0);
  return '10X98765432'[sum % 11] as string;
}

const SURNAMES = [
  ...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎',
];
const GIVEN = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅文辉建国志新春燕'];
const RARE = ['熊思䶮', '阿依古丽·买买提', '欧阳堃', 'Anna Maria·Li', '𠮷田明'];

/** Few names on purpose: many people share one, so a match by name alone would show. */
export function inventName(random: Random): string {
  if (random.chance(0.01)) return random.pick(RARE);
  return random.pick(SURNAMES) + random.pick(GIVEN) + (random.chance(0.6) ? random.pick(GIVEN) : '');
}

/**
 * Draws persons with distinct numbers: `age` bounds in years before `asOf`. The sequence number comes from a counter of
 * the birth date, so numbers never repeat however many are drawn.
 */
export function personMaker(random: Random, asOf: Day): (minAge: number, maxAge: number) => InventedPerson {
  const used = new Map<number, number>();
  return (minAge, maxAge) => {
    for (;;) {
      const birth = (asOf - Math.floor((minAge + random.next() * (maxAge - minAge)) * 365.25) - 1) as Day;
      const sequence = (used.get(birth) ?? 0) + 1;
      if (sequence > 995) continue;
      used.set(birth, sequence);
      const digits = `520000${formatDay(birth).replaceAll('-', '')}${String(sequence).padStart(3, '0')}`;
      return { number: digits + checkCharacter(digits), name: inventName(random), birth };
    }
  };
}

/** The same person as an old file writes them: 15 digits where the number allows it, small x, full-width, blanks in the name. */
export function writtenNumber(random: Random, number: string): string {
  if (number.startsWith('19', 6) && random.chance(0.05)) return number.slice(0, 6) + number.slice(8, 17);
  if (number.endsWith('X') && random.chance(0.3)) return `${number.slice(0, 17)}x`;
  if (random.chance(0.01)) return [...number].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('');
  return number;
}

export function writtenName(random: Random, name: string): string {
  if (name.includes('·') && random.chance(0.5)) return name.replace('·', random.pick(['•', '・', '‧', '.', '．']));
  // By code point: a rare character is two units long.
  const [first = '', ...rest] = name;
  return random.chance(0.01) ? `${first} ${rest.join('')}` : name;
}
