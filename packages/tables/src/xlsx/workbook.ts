import path from 'node:path';
import { HeduiError } from '@hedui/errors';
import type { Archive } from './archive.js';
import { unreadableFile } from './refusals.js';
import { readXml } from './xml.js';

/** Names of parts in the archive. */
export interface WorkbookParts {
  /** The first worksheet that is not hidden. */
  readonly sheet: string;
  readonly sharedStrings: string | null;
  readonly styles: string | null;
  /** Dates count from 1904-01-01, as in old workbooks of the Macintosh. */
  readonly date1904: boolean;
  /** Names of the other worksheets that are not hidden, in order. */
  readonly otherSheets: readonly string[];
}

interface Relationship {
  readonly type: string;
  readonly target: string;
}

/** Bound of each of the small parts: the workbook, its relationships, its styles. */
export const SMALL_PART_BYTES = 16 * 1_048_576;

/**
 * Finds the parts of a workbook by their relationships. Throws HeduiError FILE_UNREADABLE when it is no workbook,
 * HEADER_UNUSABLE when it has no worksheet that can be seen.
 */
export async function readWorkbook(archive: Archive): Promise<WorkbookParts> {
  const root = archive.has('_rels/.rels') ? await readRelationships(archive, '') : new Map<string, Relationship>();
  const workbook = [...root.values()].find((each) => each.type === 'officeDocument')?.target ?? 'xl/workbook.xml';
  if (!archive.has(workbook)) throw unreadableFile('it holds no workbook');
  const relationships = await readRelationships(archive, workbook);
  const target = (type: string) => [...relationships.values()].find((each) => each.type === type)?.target ?? null;

  const visible: { name: string; part: string }[] = [];
  let date1904 = false;
  await readXml(archive.read(workbook, SMALL_PART_BYTES), {
    open(name, attributes) {
      if (name === 'workbookPr') date1904 = isTrue(attributes.date1904);
      if (name !== 'sheet' || (attributes.state ?? 'visible') !== 'visible') return;
      const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
      const relationship = relationships.get(id);
      if (relationship?.type !== 'worksheet') return;
      visible.push({ name: attributes.name ?? '', part: relationship.target });
    },
  });
  const [first, ...others] = visible;
  if (!first) {
    const rule = '没有可见的工作表 / the workbook has no worksheet that is not hidden';
    throw new HeduiError('HEADER_UNUSABLE', { errors: [{ line: null, column: null, code: 'ROW_MALFORMED', rule }] });
  }
  return {
    sheet: first.part,
    sharedStrings: target('sharedStrings'),
    styles: target('styles'),
    date1904,
    otherSheets: others.map((sheet) => sheet.name),
  };
}

/** The relationships of a part ('' is the archive itself), by id; `type` is the last word of its address. */
async function readRelationships(archive: Archive, part: string): Promise<Map<string, Relationship>> {
  const folder = path.posix.dirname(part);
  const found = new Map<string, Relationship>();
  const name = path.posix.join(folder, '_rels', `${path.posix.basename(part)}.rels`);
  await readXml(archive.read(name, SMALL_PART_BYTES), {
    open(element, { Id: id, Type: type, Target: target, TargetMode: mode }) {
      if (element !== 'Relationship' || id === undefined || !type || !target || mode === 'External') return;
      const address = path.posix.join('/', target.startsWith('/') ? '' : folder, target);
      found.set(id, { type: type.slice(type.lastIndexOf('/') + 1), target: address.slice(1) });
    },
  });
  return found;
}

/** A truth value of XML Schema. */
export function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true';
}
