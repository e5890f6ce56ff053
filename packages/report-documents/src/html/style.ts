import type { Composition } from '../blocks.js';
import type { Language } from '../document.js';
import { type Phrase, speak } from '../phrase.js';
import { cssString } from './escape.js';

const inline = (phrase: Phrase, language: Language): string =>
  speak(phrase, language)
    .map(({ text }) => text)
    .join(' · ');

/** Number of the page, said as the language says it. */
function pageCounter(language: Language): string {
  return language === 'en'
    ? '"Page " counter(page) " of " counter(pages)'
    : '"第 " counter(page) " 页 / 共 " counter(pages) " 页"';
}

/** The margin boxes of a printed page: number of the report on top, statement, policy and page number at the foot. */
function pageRule({ running, foot }: Composition, language: Language): string {
  const lines = foot.map((line) => cssString(inline(line, language))).join(' "\\a " ');
  const font =
    'font: 7pt/1.4 "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; color: #555; white-space: pre-wrap;';
  return `@page {
  size: A4; margin: 18mm 15mm 20mm;
  @top-right { content: ${cssString(inline(running, language))}; ${font} }
  @bottom-left { content: ${lines}; width: 145mm; text-align: left; ${font} }
  @bottom-right { content: ${pageCounter(language)}; ${font} }
}`;
}

const STYLE = `
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 180mm; color: #1a1a1a; background: #fff;
  font: 9.5pt/1.5 "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", sans-serif;
  overflow-wrap: anywhere; line-break: strict; }
@media screen { body { padding: 10mm 4mm; } }
@media print { .foot { display: none; } }
h1 { font-size: 17pt; line-height: 1.35; text-align: center; margin: 0 0 5mm; }
h2 { font-size: 11pt; margin: 6mm 0 1.5mm; padding-left: 2mm; border-left: 1mm solid #1f4e79; break-after: avoid; }
h3 { font-size: 9.5pt; margin: 3mm 0 1mm; break-after: avoid; }
.aside { float: right; font-weight: normal; font-size: 8pt; line-height: 1.6; color: #555; }
p { margin: 1.5mm 0; }
.second, .quiet { display: block; font-size: .84em; line-height: 1.35; color: #555; font-weight: normal; }
h1 .second { font-size: 10.5pt; }
h2 .second, h3 .second { display: inline; margin-left: 2mm; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; margin: 1.5mm 0 3mm; font-size: 8.5pt; line-height: 1.4; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: .2mm solid #9aa5b1; padding: 1mm 1.4mm; text-align: left; vertical-align: top; font-weight: normal; }
thead th { background: #e4ebf2; font-weight: bold; }
th.label { background: #f3f5f8; color: #333; }
th.section { background: #f3f5f8; font-weight: bold; break-after: avoid; }
th.section.last { background: #fff; font-weight: normal; break-after: auto; }
.right { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.centre { text-align: center; }
.note { color: #555; font-size: 8.5pt; }
.conclusion { border: .4mm solid; border-left-width: 2mm; padding: 2.5mm 3.5mm; margin: 3mm 0; break-inside: avoid; }
.conclusion strong { display: block; font-size: 13pt; }
.conclusion .lines { color: #1a1a1a; }
.meets { border-color: #2e7d32; } .meets strong { color: #2e7d32; }
.does_not_meet { border-color: #b3261e; } .does_not_meet strong { color: #b3261e; }
.needs_review { border-color: #9a5b00; } .needs_review strong { color: #9a5b00; }
.incomplete { border-color: #5f6368; } .incomplete strong { color: #5f6368; }
ol { margin: 1.5mm 0; padding-left: 6mm; } ol > li { margin: 1.5mm 0; break-inside: avoid; } ul { margin: .5mm 0; padding-left: 4mm; }
.remedy { background: #f3f5f8; padding: 1mm 2mm; }
.signature { margin-top: 8mm; text-align: right; break-inside: avoid; break-before: avoid; }
tbody.together { break-inside: avoid; }
.foot { margin-top: 8mm; border-top: .2mm solid #9aa5b1; color: #555; font-size: 7.5pt; }
.foot .second { display: inline; }`;

export function styleOf(composition: Composition, language: Language): string {
  return `${pageRule(composition, language)}${STYLE}`;
}
