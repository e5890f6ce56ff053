/** What may happen to the mesh, as plain data: a failing sequence is printed and can be made smaller. */
import fc from 'fast-check';
import { IDS, type RowPlan, TYPES, type TypeName } from './files.js';
import { PEOPLE } from './people.js';

export const SCOPES = ['520000', '520100', '520102', '520103', '520102001'] as const;
export const DATES = ['2026-08-01', '2026-09-01', '2026-09-20', '2026-10-10', '2026-10-25', '2026-11-14'] as const;

export interface LoadPlan {
  type: TypeName;
  scope: (typeof SCOPES)[number];
  asOf: (typeof DATES)[number];
  mode: 'delta' | 'full';
  allowOlder: boolean;
  confirm: boolean;
  rows: RowPlan[];
}

export const FUTILE_WAYS = ['breaks off', 'breaks off late', 'zero bytes', 'no header'] as const;
export type FutileWay = (typeof FUTILE_WAYS)[number];

export type Step =
  | { do: 'load'; load: LoadPlan }
  /** Sent at once, to any source. */
  | { do: 'together'; loads: LoadPlan[] }
  /** The newest file of a type once more. */
  | { do: 'again'; type: TypeName }
  /** Somebody confirms the n-th load that waits. */
  | { do: 'confirm'; at: number }
  /** A body that cannot take effect. */
  | { do: 'nothing comes of'; load: LoadPlan; how: FutileWay }
  /** A record is sent again with other content, or of another person. */
  | { do: 'correct'; type: TypeName; at: number; content: number; person: number | null }
  /** All records of a person come again under the other name. */
  | { do: 'rename'; type: TypeName; person: number }
  /** All that a scope holds comes again, but for one record. */
  | { do: 'leave out'; type: TypeName; scope: LoadPlan['scope']; at: number; confirm: boolean }
  | { do: 'matchers'; count: number }
  | { do: 'forget profiles' }
  /** A source stops in the middle of a load and starts again. */
  | { do: 'restart source'; load: LoadPlan }
  | { do: 'restored'; type: TypeName }
  | { do: 'compare' };

const type = fc.constantFrom(...TYPES);
const often = <T, U>(usual: T, seldom: U, weight = 6) =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(seldom) });

const row: fc.Arbitrary<RowPlan> = fc.record({
  id: fc.nat(IDS.length - 1),
  person: fc.nat(PEOPLE.length - 1),
  other: fc.nat(PEOPLE.length - 1),
  changedName: often(false, true),
  content: fc.nat(3),
  spelled: often(false, true),
  fault: fc.oneof(
    { weight: 8, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom('date', 'cells', 'no id', 'masked') },
  ),
});

const load: fc.Arbitrary<LoadPlan> = fc.record({
  type,
  scope: fc.constantFrom(...SCOPES),
  asOf: fc.constantFrom(...DATES),
  mode: fc.constantFrom('delta', 'full'),
  allowOlder: fc.boolean(),
  confirm: fc.boolean(),
  rows: fc.oneof(
    { weight: 8, arbitrary: fc.array(row, { maxLength: 10 }) },
    { weight: 1, arbitrary: fc.constant<RowPlan[]>([]) },
  ),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('compare' as const) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('load' as const), load }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('together' as const),
      loads: fc.array(load, { minLength: 2, maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), type }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('confirm' as const), at: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('nothing comes of' as const),
      load,
      how: fc.constantFrom(...FUTILE_WAYS),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('correct' as const),
      type,
      at: fc.nat(7),
      content: fc.nat(3),
      person: fc.option(fc.nat(PEOPLE.length - 1)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rename' as const), type, person: fc.nat(PEOPLE.length - 1) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('leave out' as const),
      type,
      scope: fc.constantFrom(...SCOPES),
      at: fc.nat(7),
      confirm: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('matchers' as const), count: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget profiles' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart source' as const), load }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restored' as const), type }) },
);

const rowText = ({ id, person, other, changedName, content, spelled, fault }: RowPlan): string =>
  `${IDS[id]}:${person}${changedName ? "'" : ''}+${other}=${content}${spelled ? '~' : ''}${fault === 'none' ? '' : `!${fault}`}`;
const loadText = ({ type, scope, asOf, mode, allowOlder, confirm, rows }: LoadPlan): string =>
  `${mode} ${type} ${scope} ${asOf}${allowOlder ? ' older' : ''}${confirm ? ' confirmed' : ''} [${rows.map(rowText).join(' ')}]`;

/** A step in one line; a row as id:person'+other=content, ' for a changed name, ~ for another spelling, ! for a fault. */
export function stepText(step: Step): string {
  const { do: name, ...rest } = step;
  if ('loads' in rest) return `${name}: ${rest.loads.map(loadText).join(' and ')}`;
  if (!('load' in rest)) return `${name} ${JSON.stringify(rest)}`;
  return `${name}: ${loadText(rest.load)}${'how' in rest ? ` (${rest.how})` : ''}`;
}

/** Up to so many steps, of any number equally likely. */
export const walks = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.noBias(fc.array(step, { minLength: 1, maxLength, size: 'max' }));
