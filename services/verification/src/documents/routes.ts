import { ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { defineRoute } from '@hedui/http';
import { clearedBy } from '@hedui/means-test';
import {
  type ReportDocument,
  renderCitizenLetterHtml,
  renderCitizenLetterPdf,
  renderReportHtml,
  renderReportPdf,
} from '@hedui/report-documents';
import type { FastifyInstance } from 'fastify';
import { reachOf } from '../access/reach.js';
import { findPolicy } from '../db/policies.js';
import { countPrint } from '../db/prints.js';
import type { Deps } from '../deps.js';
import { titleOf } from '../policies/title.js';
import { pending } from '../reports/pending.js';
import { findReport } from '../reports/report.js';

type Kind = 'report' | 'letter';

/** The report in the form that centres use, and the letter to the citizen. */
export function addDocumentRoutes(app: FastifyInstance, deps: Deps): void {
  const { pool, settings } = deps;

  defineRoute(app, ROUTES.getReportDocument, async ({ params, query, caller }) => {
    const found = await findReport(deps, params.reportNo, reachOf(pool, caller, ROUTES.getReportDocument));
    if ('place' in found) return pending(found.chunkId, found.place);
    const { report, chunkId, index } = found;
    const policy = await findPolicy(pool, report.policy.id, report.policy.version);
    if (policy === null) throw new HeduiError('NOT_FOUND', { detail: 'the policy of this report is not stored' });
    const pdf = (query.format ?? 'pdf') === 'pdf';
    const document: ReportDocument = {
      report,
      centre: settings.centre,
      objectionDays: settings.objectionDays,
      validMonths: settings.validMonths,
      policyTitle: titleOf(policy),
      paperFor: (code) => {
        const { who, text } = clearedBy(code);
        return who === 'nobody' ? undefined : text;
      },
      ...(pdf ? { printCount: await countPrint(pool, chunkId, index) } : {}),
    };
    const kind = query.kind ?? 'report';
    const name = `${kind}-${report.reportNo}.${pdf ? 'pdf' : 'html'}`;
    return {
      stream: render(kind, pdf, document, query.language ?? 'both'),
      contentType: pdf ? 'application/pdf' : 'text/html; charset=utf-8',
      headers: { 'content-disposition': `inline; filename="${name}"`, 'cache-control': 'no-store' },
    };
  });
}

function render(
  kind: Kind,
  pdf: boolean,
  document: ReportDocument,
  language: 'zh' | 'en' | 'both',
): AsyncIterable<string | Uint8Array> {
  const options = { language };
  if (pdf) return kind === 'report' ? renderReportPdf(document, options) : renderCitizenLetterPdf(document, options);
  return once(kind === 'report' ? renderReportHtml(document, options) : renderCitizenLetterHtml(document, options));
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
