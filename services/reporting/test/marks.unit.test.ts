import { type Assessment, FINDING_CODES, SOURCES } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { marksOf as marksOfCounted } from '../src/ledger/marks.js';
import { assessment, finding } from './builders.js';

function marksOf({ findings, sources }: Assessment) {
  const answered = sources.filter(({ state }) => state === 'answered').map(({ source }) => source);
  return marksOfCounted({ findings, answered });
}

describe('what the ledger keeps of findings and sources', () => {
  it('numbers them as it always did: stored rows depend on it', () => {
    expect(SOURCES.slice(0, 5)).toEqual(['tax', 'vehicle', 'housing_fund', 'business_registry', 'civil_affairs']);
    expect(FINDING_CODES.slice(0, 38).join(' ')).toBe(
      'MEMBER_DECEASED DEAD_STILL_PAID ID_NAME_MISMATCH SPOUSE_UNDECLARED MARITAL_CONFLICT RECENT_DIVORCE MEMBER_OMITTED ' +
        'HOUSEHOLD_SPLIT SUPPORTER_CAPABLE VEHICLE_OWNED VEHICLE_COMMERCIAL VEHICLE_EXEMPT VEHICLE_RECENT_DISPOSAL ' +
        'COMPANY_LEGAL_REP COMPANY_INVESTOR SELF_EMPLOYED COMPANY_DORMANT COOP_MEMBER INCOME_UNDERDECLARED INCOME_OVER ' +
        'EXPENDITURE_LOW FUND_ACTIVE FUND_BALANCE_OVER FUND_LOAN DUPLICATE_BENEFIT CROSS_REGION_BENEFIT SOURCE_NO_REPLY ' +
        'STALE_DATA HOUSE_MULTI NON_RESIDENTIAL DEPOSIT_OVER SECURITIES_OVER PENSION_UNDECLARED EMPLOYED_UNDECLARED ' +
        'DISABILITY_EXPIRED STUDENT_STATUS_CONFLICT HIGH_MEDICAL MAYBE_ELIGIBLE',
    );
  });

  it('flags by effect, and keeps each pair of finding and source once', () => {
    const marks = marksOf(
      assessment({
        conclusion: 'needs_review',
        answered: ['tax', 'civil_affairs'],
        findings: [
          finding('ID_NAME_MISMATCH', 'review', 'tax'),
          finding('ID_NAME_MISMATCH', 'review', 'tax'),
          finding('FUND_ACTIVE', 'info', 'housing_fund'),
          finding('INCOME_OVER', 'fails', null),
        ],
      }),
    );
    expect(marks).toMatchObject({ flagged: true, sourcesFlagged: 0b00001, sourcesAnswered: 0b10001 });
    expect([...marks.findings]).toEqual([2, 1, 19, 0, 21, 3]);
    expect(marksOf(assessment({ conclusion: 'meets', findings: [finding('FUND_ACTIVE', 'info')] })).flagged).toBe(
      false,
    );
  });
});
