import type { Bilingual, Report } from '@hedui/contracts';

/** `both`: Chinese first, English under or beside it. */
export type Language = 'zh' | 'en' | 'both';

export interface DocumentOptions {
  language: Language;
}

/** Who issues the report. Address and telephone tell a citizen where to object. */
export interface Centre extends Bilingual {
  address?: string | undefined;
  telephone?: string | undefined;
}

/**
 * All that a document is made of. There is no clock and no store: the time of issue is the report's own, and what is
 * masked in the report is printed as it is masked.
 */
export interface ReportDocument {
  report: Report;
  centre: Centre;
  /** Days from receipt within which the household may object; 5 when left out. */
  objectionDays?: number | undefined;
  /** Months for which the report holds, from the day of issue (China time). */
  validMonths: number;
  /** How often the report has been printed, this time included; left out: not told. */
  printCount?: number | undefined;
  /** The policy's own title of the programme; left out: the known word, or the code. */
  programmeTitle?: Bilingual | undefined;
  policyTitle: Bilingual;
  /** The paper that clears a finding, for the letter to the citizen. */
  paperFor?: ((code: Report['findings'][number]['code']) => Bilingual | undefined) | undefined;
}

export const DEFAULT_OBJECTION_DAYS = 5;
