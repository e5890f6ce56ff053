import { isSealedText } from '@hedui/contracts';
import { type Pseudonyms, SealError } from '@hedui/privacy';

/**
 * A value of a report as its reader sees it: texts that crossed the blind zone sealed, such as a record id that holds an identity number,
 * are the department's own again. One whose key is gone stays as it travelled, so that the rest of the report can still be read.
 */
export type ClearTexts = <T>(value: T) => T;

/** Nothing is copied where nothing is sealed, which is nearly everywhere. */
export function clearTexts({ openText }: Pick<Pseudonyms, 'openText'>): ClearTexts {
  function open(text: string): string {
    try {
      return openText(text);
    } catch (error) {
      if (error instanceof SealError) return text;
      throw error;
    }
  }
  function clear(value: unknown): unknown {
    if (typeof value === 'string') return isSealedText(value) ? open(value) : value;
    if (value === null || typeof value !== 'object') return value;
    let changed = false;
    const entries = Object.entries(value).map(([name, item]) => {
      const cleared = clear(item);
      changed ||= cleared !== item;
      return [name, cleared] as const;
    });
    if (!changed) return value;
    return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
  }
  return <T>(value: T) => (holdsSealed(value) ? clear(value) : value) as T;
}

/** Looks only: every report of a batch is asked. */
function holdsSealed(value: unknown): boolean {
  if (typeof value === 'string') return isSealedText(value);
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(holdsSealed);
  for (const name in value) if (holdsSealed(value[name as keyof typeof value])) return true;
  return false;
}
