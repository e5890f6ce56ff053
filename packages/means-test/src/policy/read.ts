import { LineCounter, parseDocument, YAMLParseError } from 'yaml';
import { type Locator, locator, NO_LINES } from './locate.js';
import { type PolicyErrorCode, rule } from './rules.js';
import { hasAbsurdShape } from './shape.js';

/** A policy document is some kilobytes; a larger text is refused unread. */
export const POLICY_MAX_CHARACTERS = 1_000_000;
/** Aliases in a YAML document, counted with what they multiply: enough for people, too few for a bomb. */
const MAX_ALIASES = 100;

export interface SyntaxProblem {
  line: number | null;
  code: PolicyErrorCode;
  rule: string;
}
export type ReadDocument = { ok: true; value: unknown; lines: Locator } | { ok: false; problems: SyntaxProblem[] };

/** Reads YAML or JSON text into plain data and a locator of its lines. Never throws. */
export function readDocument(text: string, format: 'yaml' | 'json'): ReadDocument {
  if (text.length > POLICY_MAX_CHARACTERS) {
    return refused(null, '文件过大', `the document is longer than ${POLICY_MAX_CHARACTERS} characters`);
  }
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    if (hasAbsurdShape(body)) return refused(null, '嵌套过深或键过多', 'nested too deeply, or too many keys');
    const read = format === 'json' ? readJson(body) : readYaml(body);
    // The schema passes over this key where any other unknown one is an error.
    if (read.ok && namesPrototype(read.value)) return refused(null, '不允许的键 __proto__', 'the key __proto__');
    return read;
  } catch {
    // Aliases that multiply beyond the limit, or that stand before their anchor, make the parser throw.
    return refused(null, '别名无效或过多', 'an alias without its anchor, or too many aliases');
  }
}

function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesPrototype);
}

function refused(line: number | null, zh: string, en: string): ReadDocument {
  return { ok: false, problems: [{ line, code: 'POLICY_SYNTAX', rule: rule('POLICY_SYNTAX', zh, en) }] };
}

function readYaml(text: string): ReadDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'core', strict: true });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) return { ok: false, problems: faults.map((fault) => syntaxProblem(fault, lines)) };
  return { ok: true, value: document.toJS({ maxAliasCount: MAX_ALIASES }), lines: locator(document, lines) };
}

function syntaxProblem(fault: Error & { pos?: [number, number]; code?: string }, lines: LineCounter): SyntaxProblem {
  const line = fault.pos ? lines.linePos(fault.pos[0]).line : null;
  if (fault instanceof YAMLParseError && fault.code === 'DUPLICATE_KEY') {
    return { line, code: 'POLICY_KEY_REPEATED', rule: rule('POLICY_KEY_REPEATED') };
  }
  return { line, code: 'POLICY_SYNTAX', rule: rule('POLICY_SYNTAX', '', fault.code ?? '') };
}

/** JSON is read by JSON's own rules; the YAML parser, which reads it too, only tells the lines. */
function readJson(text: string): ReadDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '');
    const line = at ? text.slice(0, Number(at[1])).split('\n').length : null;
    return refused(line ?? firstYamlFault(text), '', '');
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'core', strict: false });
  const repeated = document.errors.filter((fault) => fault.code === 'DUPLICATE_KEY');
  if (repeated.length > 0) return { ok: false, problems: repeated.map((fault) => syntaxProblem(fault, lines)) };
  return { ok: true, value, lines: document.errors.length > 0 ? NO_LINES : locator(document, lines) };
}

function firstYamlFault(text: string): number | null {
  const lines = new LineCounter();
  const [fault] = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'json' }).errors;
  return fault ? lines.linePos(fault.pos[0]).line : null;
}
