import type { Composition } from '../blocks.js';
import type { ReportDocument } from '../document.js';
import { phrase } from '../phrase.js';
import { answersTable, findingsTable, sourceTables } from './findings-tables.js';
import { closing, conclusionBlock, particulars, USE_STATEMENT } from './particulars.js';
import { incomeTable, personsTables, supportTable } from './people-tables.js';

const TITLE = phrase('居民家庭经济状况核对报告', 'Report on the verification of a household’s economic status');

/** The whole report, in the order in which centres print it. */
export function composeReport(document: ReportDocument): Composition {
  const { report, centre, policyTitle } = document;
  return {
    title: TITLE,
    running: phrase('报告编号 {no}', 'Report {no}', { no: report.reportNo }),
    foot: [
      USE_STATEMENT,
      phrase('核对规则：{title}', 'Policy: {title}', { title: policyTitle }),
      `${report.policy.id}  v${report.policy.version}  ${report.policy.digest}`,
    ],
    issuedAt: report.issuedAt,
    asOf: report.asOf,
    author: { zh: centre.zh, en: centre.en },
    blocks: [
      { kind: 'title', text: TITLE },
      particulars(document),
      conclusionBlock(document),
      ...personsTables(report),
      ...answersTable(report),
      ...findingsTable(report),
      ...sourceTables(report),
      ...incomeTable(report),
      ...supportTable(report),
      ...closing(document),
    ],
  };
}
