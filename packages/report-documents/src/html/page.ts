import type { Block, Cell, Column, Composition, Item, Row, Table } from '../blocks.js';
import type { Language } from '../document.js';
import { type Phrase, speak } from '../phrase.js';
import { escapeHtml } from './escape.js';
import { styleOf } from './style.js';

type Say = (phrase: Phrase) => string;

/** A phrase as marked-up text. English that stands by itself is marked too, for readers aloud. */
function sayIn(language: Language): Say {
  const page = language === 'en' ? 'en' : 'zh';
  return (phrase) =>
    speak(phrase, language)
      .map(({ text, lang, second, quiet }) => {
        const content = escapeHtml(text);
        const spoken = lang === page ? '' : ` lang="${lang}"`;
        const type = second ? ' class="second"' : quiet ? ' class="quiet"' : '';
        return spoken === '' && type === '' ? content : `<span${type}${spoken}>${content}</span>`;
      })
      .join('');
}

const sayCell = (cell: Cell, say: Say): string => cell.map((line) => `<div>${say(line)}</div>`).join('');

function tableRow(row: Row, last: boolean, columns: readonly Column[], say: Say): string {
  if ('section' in row) {
    const type = last ? 'section last' : 'section';
    return `<tr><th class="${type}" scope="rowgroup" colspan="${columns.length}">${sayCell(row.section, say)}</th></tr>`;
  }
  const cells = row.cells.map((cell, at) => {
    const column = columns[at];
    if (column?.label) return `<th class="label" scope="row">${sayCell(cell, say)}</th>`;
    return `<td${column?.align ? ` class="${column.align}"` : ''}>${sayCell(cell, say)}</td>`;
  });
  return `<tr>${cells.join('')}</tr>`;
}

/** Rows, those of a short section together in a body that does not break over pages. */
function bodies(rows: readonly Row[], columns: readonly Column[], say: Say): string {
  const groups: string[][] = [];
  for (const [at, row] of rows.entries()) {
    const closes = at > 0 && at === rows.length - 1;
    const begins = groups.length === 0 || ('section' in row && !closes);
    if (begins) groups.push([]);
    groups.at(-1)?.push(tableRow(row, closes, columns, say));
  }
  return groups
    .map((group) => `<tbody${group.length <= SHORT_SECTION ? ' class="together"' : ''}>\n${group.join('\n')}\n</tbody>`)
    .join('\n');
}
const SHORT_SECTION = 4;

function table({ columns, rows }: Table, say: Say): string {
  const total = columns.reduce((sum, { width }) => sum + width, 0);
  const widths = columns.map(({ width }) => `<col style="width:${((width / total) * 100).toFixed(2)}%">`).join('');
  const headed = columns.some(({ heading }) => heading !== undefined);
  const headings = columns.map(({ heading, align }) => {
    return `<th scope="col"${align ? ` class="${align}"` : ''}>${heading === undefined ? '' : say(heading)}</th>`;
  });
  const head = headed ? `<thead><tr>${headings.join('')}</tr></thead>` : '';
  return `<table><colgroup>${widths}</colgroup>${head}${bodies(rows, columns, say)}</table>`;
}

function item({ text, facts, remedy }: Item, say: Say): string {
  const told = facts.length === 0 ? '' : `<ul>${facts.map((fact) => `<li>${say(fact)}</li>`).join('')}</ul>`;
  const cleared = remedy === undefined ? '' : `<div class="remedy">${say(remedy)}</div>`;
  return `<li>${say(text)}${told}${cleared}</li>`;
}

function markUp(block: Block, say: Say): string {
  switch (block.kind) {
    case 'title':
      return `<h1>${say(block.text)}</h1>`;
    case 'heading': {
      const aside = block.aside === undefined ? '' : `<span class="aside">${say(block.aside)}</span>`;
      const tag = block.minor ? 'h3' : 'h2';
      return `<${tag}>${say(block.text)}${aside}</${tag}>`;
    }
    case 'paragraph':
      return `<p${block.tone === 'note' ? ' class="note"' : ''}>${say(block.text)}</p>`;
    case 'conclusion': {
      const lines = block.lines.map((line) => `<p>${say(line)}</p>`).join('');
      return `<section class="conclusion ${block.conclusion}"><strong>${say(block.text)}</strong><div class="lines">${lines}</div></section>`;
    }
    case 'items':
      return `<ol>${block.items.map((one) => item(one, say)).join('\n')}</ol>`;
    case 'signature':
      return `<div class="signature">${block.lines.map((line) => `<div>${say(line)}</div>`).join('')}</div>`;
    case 'table':
      return table(block, say);
  }
}

/** One self-contained page for A4: nothing is fetched and nothing runs, and the page itself forbids both. */
export function writeHtml(composition: Composition, language: Language): string {
  const say = sayIn(language);
  const [title] = speak(composition.title, language);
  return `<!DOCTYPE html>
<html lang="${language === 'en' ? 'en' : 'zh-CN'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title?.text ?? '')}</title>
<style>
${styleOf(composition, language)}
</style>
</head>
<body>
${composition.blocks.map((block) => markUp(block, say)).join('\n')}
<div class="foot">${composition.foot.map((line) => `<div>${say(line)}</div>`).join('')}</div>
</body>
</html>
`;
}
