import { readXml } from './xml.js';

/** What a cell's number means by its format: a date, a time of day or a span, or a plain number. */
export type NumberMeaning = 'plain' | 'date' | 'time';

/** By the number of a cell's style. */
export type MeaningOfStyle = (style: number) => NumberMeaning;

export const ALL_PLAIN: MeaningOfStyle = () => 'plain';

/**
 * Formats that every workbook has without listing them (ECMA-376 part 1, 18.8.30). Those from 27 on are of the Chinese
 * and Japanese editions; some of them show a time in one language and a date in the other and count as dates.
 */
function builtInMeaning(id: number): NumberMeaning {
  if ((id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return 'date';
  return (id >= 18 && id <= 21) || (id >= 45 && id <= 47) ? 'time' : 'plain';
}

/** Reads the number formats of the cells from the styles of a workbook. */
export async function readStyles(texts: AsyncIterable<string>): Promise<MeaningOfStyle> {
  const custom = new Map<number, NumberMeaning>();
  const meanings: NumberMeaning[] = [];
  let inCellFormats = false;
  await readXml(texts, {
    open(name, attributes) {
      const id = Number(attributes.numFmtId ?? 0);
      if (name === 'numFmt') custom.set(id, meaningOfFormat(attributes.formatCode ?? ''));
      else if (name === 'cellXfs') inCellFormats = true;
      else if (name === 'xf' && inCellFormats) meanings.push(custom.get(id) ?? builtInMeaning(id));
    },
    close(name) {
      if (name === 'cellXfs') inCellFormats = false;
    },
  });
  return (style) => meanings[style] ?? 'plain';
}

/** `yyyy"年"m"月"d"日"` is a date, `[h]:mm` a time, `0.00_);[Red](0.00)` and `General` are plain numbers. */
export function meaningOfFormat(code: string): NumberMeaning {
  if (code.length > 1000) return 'plain';
  const letters = code
    .replace(
      /"[^"]*"|[\\_*].|\[(?:Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Colou?r\s*\d+|\$[^\]]*|[<>=][^\]]*)\]/gi,
      '',
    )
    .replace(/AM\/PM|A\/P|General|E[+-]/gi, '')
    .split(';', 1)[0];
  if (letters === undefined) return 'plain';
  if (/[yd]/i.test(letters)) return 'date';
  if (/[hs]/i.test(letters)) return 'time';
  return /m/i.test(letters) ? 'date' : 'plain';
}
