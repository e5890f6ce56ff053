import {
  type Day,
  type Fen,
  formatDay,
  formatMonth,
  formatYuan,
  type Month,
  monthOf,
  monthsBefore,
} from '@hedui/contracts';
import type { InventedPerson } from './persons.js';
import { writtenName, writtenNumber } from './persons.js';
import type { Random } from './random.js';

/** Where rows go: one file for each record type. */
export type RowSink = (type: CityRecordType, row: Readonly<Record<string, string>>) => void;

export const CITY_FILES = {
  income: {
    source: 'tax',
    columns: 'record_id,id_type,id_number,name,period,income_item,gross_amount,tax_paid,payer_name,payer_code,filed_on',
  },
  registration: {
    source: 'vehicle',
    columns:
      'record_id,id_type,id_number,name,plate_no,plate_type,brand_model,use_nature,status,registered_on,disposed_on,assessed_value',
  },
  account: {
    source: 'housing_fund',
    columns:
      'record_id,id_type,id_number,name,account_no,employer_name,employer_code,opened_on,wage_base,monthly_deposit,paid_through,balance,status,loan_monthly_repayment',
  },
  role: {
    source: 'business_registry',
    columns:
      'record_id,id_type,id_number,name,uscc,entity_name,entity_type,role,subscribed_capital,entity_status,since,until',
  },
  marriage: {
    source: 'civil_affairs',
    columns: 'record_id,id_type,id_number,name,spouse_id_type,spouse_id_number,spouse_name,state,event_date',
  },
  death: { source: 'civil_affairs', columns: 'record_id,id_type,id_number,name,death_date,cremation_date' },
  assistance: {
    source: 'civil_affairs',
    columns: 'record_id,id_type,id_number,name,programme,benefit_no,region,from_date,to_date,monthly_amount',
  },
} as const;
export type CityRecordType = keyof typeof CITY_FILES;

const yuan = (random: Random, from: number, to: number): string =>
  formatYuan((from * 100 + random.below((to - from) * 100)) as Fen);
const date = (day: number): string => formatDay(day as Day);
/** On, and one day beside, the days on which the rules turn. */
const boundary = (random: Random, asOf: Day): number =>
  random.pick([asOf, monthsBefore(asOf, 12), monthsBefore(asOf, random.below(30))]) + random.below(3) - 1;

/** Writes what the departments know of one person. Records stand under another name for one person in fifty. */
export function recordsOf(
  random: Random,
  person: InventedPerson,
  world: {
    asOf: Day;
    spouse: InventedPerson | null;
    region: string;
    benefitNo: string;
    nextId(prefix: string): string;
  },
  sink: RowSink,
): void {
  const { asOf, nextId } = world;
  const adult = asOf - person.birth > 18 * 365.25;
  const alias = random.chance(0.02) ? `${[...person.name][0]}${random.pick(['某', '甲', '乙'])}` : person.name;
  const who = () => ({ id_number: writtenNumber(random, person.number), name: writtenName(random, alias) });
  if (adult && random.chance(0.5))
    income(random, asOf, (row) => sink('income', { record_id: nextId('T'), ...who(), ...row }));
  if (adult && random.chance(0.15)) {
    sink('registration', {
      record_id: nextId('V'),
      ...who(),
      plate_no: `贵A${String(random.below(100000)).padStart(5, '0')}`,
      plate_type: random.weighted([
        ['02', 6],
        ['52', 1],
        ['07', 2],
        ['11', 1],
      ]),
      brand_model: '样本牌',
      use_nature: random.weighted([
        ['A', 8],
        ['D', 1],
        ['F', 1],
        ['', 1],
      ]),
      status: random.weighted([
        ['A', 8],
        ['GQ', 1],
        ['E', 1],
        ['AM', 1],
      ]),
      registered_on: date(random.chance(0.2) ? boundary(random, asOf) : asOf - 100 - random.below(4000)),
      disposed_on: random.chance(0.2) ? date(boundary(random, asOf)) : '',
      assessed_value: yuan(random, 1000, 200000),
    });
  }
  if (adult && random.chance(0.2)) {
    sink('account', {
      record_id: nextId('F'),
      ...who(),
      // Letters beyond F: what reads as a hexadecimal number occurs by chance in pseudonyms.
      account_no: nextId('GJ'),
      employer_name: '样本单位',
      opened_on: date(asOf - 200 - random.below(3000)),
      wage_base: yuan(random, 1000, 9000),
      monthly_deposit: yuan(random, 100, 900),
      paid_through: random.chance(0.8) ? formatMonth((monthOf(asOf) - random.below(5)) as Month) : '',
      balance: yuan(random, 0, 60000),
      status: random.weighted([
        ['01', 6],
        ['02', 2],
        ['03', 1],
        ['05', 1],
      ]),
      loan_monthly_repayment: random.chance(0.2) ? random.pick(['1499.99', '1500.00', '1500.01']) : '',
    });
  }
  if (adult && random.chance(0.05)) {
    sink('role', {
      record_id: nextId('B'),
      ...who(),
      uscc: '91520000MA0AAAA1XK',
      entity_name: '样本主体',
      entity_type: random.pick([
        'company',
        'partnership',
        'sole_proprietorship',
        'individual_business',
        'farmers_cooperative',
      ]),
      role: random.pick(['legal_representative', 'executive', 'investor', 'operator']),
      subscribed_capital: random.pick(['0.00', '30000.00', '30000.01', '100000.00', '']),
      entity_status: random.weighted([
        ['active', 6],
        ['dormant', 1],
        ['revoked', 1],
        ['cancelled', 1],
        ['moved_out', 1],
      ]),
      since: random.chance(0.5) ? date(boundary(random, asOf)) : '',
      until: random.chance(0.2) ? date(boundary(random, asOf)) : '',
    });
  }
  const { spouse } = world;
  if (spouse) {
    sink('marriage', {
      record_id: nextId('M'),
      ...who(),
      spouse_id_number: writtenNumber(random, spouse.number),
      spouse_name: spouse.name,
      state: random.weighted([
        ['married', 8],
        ['divorced', 2],
      ]),
      event_date: date(random.chance(0.2) ? boundary(random, asOf) : asOf - 400 - random.below(5000)),
    });
  }
  if (random.chance(0.015))
    sink('death', { record_id: nextId('D'), ...who(), death_date: date(boundary(random, asOf)) });
  if (world.benefitNo || random.chance(0.01)) {
    sink('assistance', {
      record_id: nextId('C'),
      ...who(),
      programme: random.pick(['urban_dibao', 'rural_dibao', 'medical']),
      benefit_no: world.benefitNo || nextId('BN'),
      region: world.region,
      from_date: date(asOf - 700),
      to_date: random.chance(0.3) ? date(boundary(random, asOf)) : '',
      monthly_amount: '400.00',
    });
  }
}

function income(random: Random, asOf: Day, add: (row: Record<string, string>) => void): void {
  const item = random.weighted([
    ['wages', 10],
    ['labour_service', 3],
    ['operating', 2],
    ['interest_dividend', 1],
    ['incidental', 1],
    ['author_royalty', 1],
  ]);
  const amount = yuan(random, 300, 5000);
  const last = monthOf(asOf);
  const months = random.weighted([
    [12, 5],
    [3, 2],
    [1, 1],
  ]);
  for (let i = 1; i <= months; i++) {
    add({
      period: formatMonth((last - i) as Month),
      income_item: item,
      gross_amount: random.chance(0.9) ? amount : yuan(random, 0, 8000),
      tax_paid: '0.00',
      payer_name: '样本单位',
    });
  }
  // The months beside the window: they must change nothing.
  for (const month of [last, last - 13]) {
    if (random.chance(0.3)) {
      add({ period: formatMonth(month as Month), income_item: item, gross_amount: '99999.99', payer_name: '样本单位' });
    }
  }
}
