import {
  type DeclaredAgainstFound,
  formatDay,
  formatYuan,
  INCOME_CATEGORIES,
  type MemberIncome,
} from '@hedui/contracts';
import { isActive, isOwn, ownBenefitOf } from '../assistance.js';
import { latestEvent, memberRow } from '../marriage.js';
import type { ExaminedCase } from './case.js';
import { say } from './texts/sentences.js';
import { wordFor } from './texts/terms.js';

type MemberLine = DeclaredAgainstFound['members'][number];

/** What the family declared beside what the sources hold, for the members who are counted. */
export function explainDeclared(examined: ExaminedCase): DeclaredAgainstFound {
  return {
    members: examined.examination.assessment.income.map((income) => ({
      member: income.member,
      income: INCOME_CATEGORIES.map((category) => {
        const { declared, verified } = income[category];
        return {
          category,
          declared: formatYuan(declared),
          found: formatYuan(verified),
          gap: formatYuan(verified - declared),
        };
      }),
      ...marriageLines(examined, income),
    })),
    ownBenefit: ownBenefitLine(examined),
  };
}

function marriageLines(examined: ExaminedCase, { member }: MemberIncome): Pick<MemberLine, 'marital' | 'spouse'> {
  const { household, facts, examination } = examined;
  const event = latestEvent(facts[member - 1]?.marriage ?? [], examination.dates);
  const declared = household.persons[member - 1]?.maritalStatus ?? null;
  const found = event?.state ?? null;
  const agrees = declared === null || found === null ? null : declared === found;
  const spouseRow = event?.state === 'married' ? memberRow(household.persons, event.spouse) : null;
  return {
    marital: {
      declared,
      found,
      eventDate: event === null ? null : formatDay(event.eventDate),
      recordId: event?.recordId ?? null,
      agrees,
      text: say(agrees === null ? 'maritalOneSided' : agrees ? 'maritalAgrees' : 'maritalDiffers', {
        member,
        declared: declared === null ? say('notGiven') : wordFor(declared),
        found: found === null ? say('noRecord') : wordFor(found),
      }),
    },
    spouse:
      event?.state !== 'married'
        ? null
        : {
            declared: spouseRow !== null,
            member: spouseRow,
            text: say(spouseRow === null ? 'spouseMissing' : 'spouseDeclared', { member, spouse: spouseRow ?? '' }),
          },
  };
}

function ownBenefitLine({ policy, household, facts }: ExaminedCase): DeclaredAgainstFound['ownBenefit'] {
  const own = ownBenefitOf(household);
  const found = household.persons.flatMap((person, i) =>
    person.relation === 'supporter'
      ? []
      : (facts[i]?.assistance ?? [])
          .filter((fact) => policy.exclusiveProgrammes.has(fact.programme))
          .filter((fact) => isActive(fact, household.asOf) && isOwn(fact, own))
          .map((fact) => ({ member: i + 1, recordId: fact.recordId, programme: fact.programme })),
  );
  const declared = household.ownBenefit !== null;
  const sentence = !declared ? 'ownBenefitNone' : own === null ? 'ownBenefitIgnored' : 'ownBenefitCounts';
  return { declared, counts: own !== null, found, text: say(sentence, { found: found.length }) };
}
