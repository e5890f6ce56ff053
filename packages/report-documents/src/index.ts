import type { Readable } from 'node:stream';
import type { DocumentOptions, ReportDocument } from './document.js';
import { writeHtml } from './html/page.js';
import { composeLetter } from './letter/compose.js';
import { writePdf } from './pdf/write.js';
import { composeReport } from './report/compose.js';

export type { Centre, DocumentOptions, Language, ReportDocument } from './document.js';
export { DEFAULT_OBJECTION_DAYS } from './document.js';
export * from './terms.js';

/** The report as one self-contained HTML page that prints on A4: no scripts, nothing fetched. Every text is escaped. */
export function renderReportHtml(document: ReportDocument, { language }: DocumentOptions): string {
  return writeHtml(composeReport(document), language);
}

/** The report as a PDF on A4. The same document gives the same bytes. */
export function renderReportPdf(document: ReportDocument, { language }: DocumentOptions): Readable {
  return writePdf(composeReport(document), language).pdf;
}

/** The letter to the applicant, in plain words, as HTML. */
export function renderCitizenLetterHtml(document: ReportDocument, { language }: DocumentOptions): string {
  return writeHtml(composeLetter(document), language);
}

/** The letter to the applicant, in plain words, as a PDF. */
export function renderCitizenLetterPdf(document: ReportDocument, { language }: DocumentOptions): Readable {
  return writePdf(composeLetter(document), language).pdf;
}
