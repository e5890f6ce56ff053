import type { Dialect } from './dialect.js';
import type { Parameters } from './parameters.js';
import type { Step } from './step.js';
import { factSteps } from './step-facts.js';
import { findingSteps } from './step-findings.js';
import { householdSteps } from './step-households.js';
import { incomeSteps } from './step-income.js';
import { reportSteps } from './step-reports.js';

/**
 * The whole assessment of the households in `batch_row`, set by set, into the tables `report`, `report_income`,
 * `report_support` and `report_finding` with `suffix` after their names.
 */
export function assessmentSteps(d: Dialect, p: Parameters, suffix: string): Step[] {
  return [
    ...householdSteps(d, p),
    ...factSteps(d, p),
    ...incomeSteps(d, p),
    ...findingSteps(d, p),
    ...reportSteps(d, p, suffix),
  ];
}
