import { type CorrelationId, encodeEvent, type PolicyRef, SCHEMA_VERSION, TOPICS } from '@hedui/contracts';
import type { OutgoingMessage } from '@hedui/event-log';
import { type Policy, parsePolicy } from '@hedui/means-test';

const document = (version: number) => ({
  id: 'test-city',
  version,
  title: { zh: '测试', en: 'Test' },
  effectiveFrom: '2025-01-01',
  standards: [
    { region: '520100', area: 'urban', from: '2025-01-01', monthly: '700.00' },
    { region: '520100', area: 'rural', from: '2025-01-01', monthly: '500.00' },
  ],
  disposableIncome: [{ region: '520100', area: 'urban', from: '2025-01-01', yearly: '46000.00' }],
  freshness: { tax: 45, vehicle: 35, housing_fund: 45, business_registry: 35, civil_affairs: 20 },
  tolerance: { percent: 10, yearly: '1000.00' },
  employmentCost: { percent: 20, monthlyCap: '300.00' },
  supporter: { standardMultiple: 1.5, ratePercent: 50 },
  recentMonths: 12,
  loanRepayment: '1500.00',
  vehicles: { exemptPlateTypes: ['07'], goneStatus: ['C', 'E', 'M'] },
  exclusiveProgrammes: ['urban_dibao'],
  effects: {},
  programmes: {
    urban_dibao: {
      area: 'urban',
      incomeCeiling: 1,
      maxVehicles: 0,
      fundBalanceMonths: 24,
      investorCapital: '0.00',
      requires: ['tax', 'vehicle', 'housing_fund', 'business_registry', 'civil_affairs'],
    },
  },
  tiers: [{ programme: 'urban_dibao', code: 'dibao' }],
});

/** A published version of a small policy: compiled, how chunks name it, and its message. */
export function publishedPolicy(version: number): { policy: Policy; ref: PolicyRef; message: OutgoingMessage } {
  const parsed = parsePolicy(JSON.stringify(document(version)), 'json');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const { digest, canonical, policy } = parsed;
  const id = 'test-city';
  return {
    policy,
    ref: { id, version, digest },
    message: {
      topic: TOPICS.policies.name,
      partition: 0,
      key: Buffer.from(`${id}@${version}`),
      value: encodeEvent({
        id: `policy:${id}@${version}`,
        type: 'policy.published',
        schemaVersion: SCHEMA_VERSION,
        producedBy: 'test',
        occurredAt: 0,
        correlationId: 'c' as CorrelationId,
        payload: { id, version, digest, document: canonical },
      }),
    },
  };
}
