import { checkCharacter } from '@hedui/identity-numbers';
import { createPseudonyms, createSealer } from '@hedui/privacy';

const key = (byte: number) => ({ current: '1', keys: new Map([['1', Buffer.alloc(32, byte)]]) });
export const pseudonyms = createPseudonyms(key(1));
export const sealer = createSealer(key(2));

/** Somebody invented: 520000 is a province's code, so the number belongs to nobody. */
export interface Somebody {
  idType: 'resident_id' | 'passport';
  number: string;
  /** The same document as older registers write it. */
  otherSpelling: string;
  /** Before and after a change of name. */
  names: readonly [string, string];
}

const FAMILY = ['赵', '钱', '孙', '李', '周'];

/** Six persons; the last one has a passport. */
export const PEOPLE: readonly Somebody[] = [
  ...FAMILY.map((family, n): Somebody => {
    const seventeen = `5200001960010${n + 1}${String(100 + 37 * n)}`;
    const number = `${seventeen}${checkCharacter(seventeen) ?? ''}`;
    const otherSpelling = `${number.slice(0, 6)}${number.slice(8, 17)}`;
    return { idType: 'resident_id', number, otherSpelling, names: [`${family}样·${n}`, `${family}改`] };
  }),
  {
    idType: 'passport',
    number: 'X1234567',
    otherSpelling: ' x1234567',
    names: ['Anna Muster', 'Anna Muster-Beispiel'],
  },
];

export const somebody = (n: number): Somebody => {
  const found = PEOPLE[n];
  if (!found) throw new RangeError(`no person ${n}`);
  return found;
};

export const personKey = (n: number): string => {
  const { idType, number } = somebody(n);
  return pseudonyms.person({ type: idType, number });
};

export const nameKey = (n: number, changed: boolean): string => pseudonyms.name(somebody(n).names[changed ? 1 : 0]);
