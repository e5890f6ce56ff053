import type { Bilingual, ExplainedFinding, Finding } from '@hedui/contracts';
import { FINDING_TITLES } from '@hedui/contracts';
import type { ExaminedCase } from './case.js';
import { comparisonsOf } from './comparisons.js';
import { decidingRecord } from './records.js';
import { clearedBy } from './texts/clearing-papers.js';
import { FINDING_RULES, NO_RULE } from './texts/finding-rules.js';
import { say } from './texts/sentences.js';
import { listed, wordFor } from './texts/terms.js';

/** Each finding with its rule, its evidence, what was compared and what would clear it. */
export function explainFindings(examined: ExaminedCase): ExplainedFinding[] {
  return examined.examination.assessment.findings.map((finding) => explainFinding(examined, finding));
}

function explainFinding(examined: ExaminedCase, finding: Finding): ExplainedFinding {
  const effectFrom = examined.examination.programme.effectOrigins[finding.code];
  const comparisons = comparisonsOf(finding, examined);
  const title = FINDING_TITLES[finding.code];
  return {
    ...finding,
    detail: { ...finding.detail },
    title,
    effectFrom,
    record: decidingRecord(examined, finding),
    comparisons,
    rule: FINDING_RULES[finding.code] ?? NO_RULE,
    clearedBy: clearedBy(finding.code),
    text: say(comparisons.length === 0 ? 'findingBare' : 'finding', {
      whose: whose(finding),
      title,
      compared: listed(
        comparisons.map(({ of, value, relation, limit }) =>
          say('comparison', {
            of: wordFor(of, 'of'),
            value: words(value),
            relation: wordFor(relation, 'is'),
            limit: words(limit),
          }),
        ),
      ),
      effect: wordFor(finding.effect),
      origin: wordFor(effectFrom, 'from'),
    }),
  };
}

/** Codes as words, joined by commas in the data; what is no code stands as it is. */
const words = (codes: string): Bilingual => listed(codes.split(',').map((code) => wordFor(code)));

function whose({ member, source }: Finding): Bilingual {
  if (member !== null) return say('whoseRow', { row: member });
  return source !== null && source !== 'housing_fund' ? wordFor(source) : say('whoseHousehold');
}
