import { checkCharacter } from '@hedui/identity-numbers';

/** An invented person: 520000 is a province's code, so the number belongs to nobody. */
export interface Person {
  id: string;
  name: string;
}

const FAMILY = ['赵', '钱', '孙', '李', '周', '吴', '郑', '王'];

/** The n-th invented person; another n, another person. */
export function person(n: number): Person {
  const day = String((n % 28) + 1).padStart(2, '0');
  const month = String((Math.floor(n / 28) % 12) + 1).padStart(2, '0');
  const year = 1950 + (Math.floor(n / 336) % 50);
  const seventeen = `520000${year}${month}${day}${String(n % 1000).padStart(3, '0')}`;
  return { id: `${seventeen}${checkCharacter(seventeen) ?? ''}`, name: `${FAMILY[n % FAMILY.length]}样${n}` };
}
