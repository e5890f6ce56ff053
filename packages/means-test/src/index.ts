export { assess, HouseholdNotAssessable, perCapitaMonthly } from './assess.js';
export { foldIncome, type IncomeMonth, NO_FACTS, type PersonFacts, recordTypeBit } from './facts.js';
export type { HouseholdCase } from './household.js';
export { compareCodePoints } from './order.js';
export type { Policy, Programme, Tier } from './policy/compile.js';
export { type PolicyDocument, policyDocumentSchema } from './policy/document.js';
export { disposableFor, householdProblems, policyInForce, standardFor } from './policy/lookup.js';
export { type ParsedPolicy, parsePolicy, policyFromCanonical } from './policy/parse.js';
export { type CoverageEntry, sourceStates } from './sources.js';
