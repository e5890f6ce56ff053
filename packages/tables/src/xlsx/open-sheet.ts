import { tmpdir } from 'node:os';
import type { ColumnSpec } from '../columns.js';
import type { RowReader } from '../row-reader.js';
import { openArchive } from './archive.js';
import { EXPLANATIONS_SHEET } from './explanations-sheet.js';
import { NO_SHARED_STRINGS, readSharedStrings } from './shared-strings.js';
import { sheetRows } from './sheet-rows.js';
import { spool } from './spool.js';
import { ALL_PLAIN, readStyles } from './styles.js';
import { readWorkbook, SMALL_PART_BYTES } from './workbook.js';

export interface WorkbookLimits {
  /** Size of the file (default 512 MiB). */
  readonly maxPackedBytes?: number;
  /** Parts in the archive (default 10,000). */
  readonly maxEntries?: number;
  /**
   * Unpacked size of the shared strings, which are held in memory: about this much, at the worst three times (default
   * 256 MiB, at most 1 GiB).
   */
  readonly maxSharedStringBytes?: number;
  /** Unpacked size of the worksheet, which is read as a stream, and characters in all of its cells (default 4 GiB). */
  readonly maxSheetBytes?: number;
  /** Unpacked over packed size of a part above 8 MiB (default 200; worksheets have 10 to 50, bombs 1000). */
  readonly maxRatio?: number;
}

export interface OpenSheet {
  readonly reader: RowReader;
  /** The worksheet's XML. */
  readonly texts: AsyncGenerator<string, void, undefined>;
  /** Gives the temporary file back; may be called again. */
  close(): Promise<void>;
}

const MIB = 1_048_576;
/** Offsets into the strings are kept in 32 bits. */
const MAX_SHARED_STRING_BYTES = 1024 * MIB;

/**
 * Takes a whole workbook in and opens its first worksheet that is not hidden. Throws HeduiError FILE_EMPTY,
 * FILE_UNREADABLE, HEADER_UNUSABLE, BODY_TOO_LARGE or STORAGE_UNAVAILABLE, and whatever `input` throws; nothing stays open
 * then.
 */
export async function openSheet(
  input: AsyncIterator<Uint8Array>,
  columns: readonly ColumnSpec[],
  maxRowLength: number,
  { spoolDirectory = tmpdir(), ...limits }: WorkbookLimits & { readonly spoolDirectory?: string | undefined },
): Promise<OpenSheet> {
  const { maxPackedBytes = 512 * MIB, maxSharedStringBytes = 256 * MIB, maxSheetBytes = 4096 * MIB } = limits;
  const { maxEntries = 10_000, maxRatio = 200 } = limits;
  const file = await spool(input, spoolDirectory, maxPackedBytes);
  try {
    const archive = await openArchive(file, { maxEntries, maxRatio });
    const parts = await readWorkbook(archive);
    const warnings: string[] = [];
    if (parts.otherSheets.some((name) => name !== EXPLANATIONS_SHEET)) {
      warnings.push('只读取第一个可见的工作表 / only the first worksheet that is not hidden is read');
    }
    const { sharedStrings, styles, date1904 } = parts;
    const surroundings = {
      sharedStrings: sharedStrings
        ? await readSharedStrings(archive.read(sharedStrings, Math.min(maxSharedStringBytes, MAX_SHARED_STRING_BYTES)))
        : NO_SHARED_STRINGS,
      meaningOfStyle: styles ? await readStyles(archive.read(styles, SMALL_PART_BYTES)) : ALL_PLAIN,
      date1904,
      maxCharacters: maxSheetBytes,
    };
    const reader = sheetRows(columns, maxRowLength, surroundings, warnings);
    const texts = archive.read(parts.sheet, maxSheetBytes);
    return {
      reader,
      texts,
      async close() {
        await texts.return();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
