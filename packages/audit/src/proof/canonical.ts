/** What an entry may hold: text, whole numbers, truth values, null, and lists and records of these. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const loneSurrogate = /\p{Surrogate}/u;

/**
 * The canonical text of a value: RFC 8785 (keys sorted by UTF-16 code unit, no white space, the escapes of ECMAScript) for values
 * without fractions. The same value has one text, on any machine. Throws TypeError for what has none: a number that is not a safe
 * integer, half of a surrogate pair.
 */
export function canonical(value: Json): string {
  if (typeof value === 'string') {
    if (loneSurrogate.test(value)) throw new TypeError('text with half of a surrogate pair has no canonical form');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError('only whole numbers have a canonical form here');
    return JSON.stringify(value);
  }
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${canonical(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** The value of a canonical text; null when the text is not the canonical one of what it says. */
export function readCanonical(text: string): { value: Json } | null {
  try {
    const value = JSON.parse(text) as Json;
    return canonical(value) === text ? { value } : null;
  } catch {
    return null;
  }
}
