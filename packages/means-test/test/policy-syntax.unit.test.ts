import { parsePolicy, policyDocumentSchema, policyFromCanonical } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readPolicyText } from './city/city.js';

const SAMPLE = readPolicyText();
const _lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
const errorsOf = (text: string, format: 'yaml' | 'json' = 'yaml') => {
  const parsed = parsePolicy(text, format);
  return parsed.ok ? [] : parsed.errors.map(({ line, column, code }) => ({ line, column, code }));
};
const changed = (from: string, to: string): string => {
  if (!SAMPLE.includes(from)) throw new Error(`the sample policy has no ${from}`);
  return SAMPLE.replace(from, to);
};
describe('text that is no policy (README §13)', () => {
  it.each([
    ['an open bracket', 'a: [1', 'yaml'],
    ['a comma too many', '{"a": 1,}', 'json'],
    ['two documents', 'a: 1\n---\nb: 2', 'yaml'],
    ['an unknown tag', 'a: !secret 1', 'yaml'],
    ['an alias without an anchor', 'a: *b', 'yaml'],
    ['deep nesting in YAML', '['.repeat(200_000), 'yaml'],
    ['deep nesting in lists', '- '.repeat(200_000), 'yaml'],
    ['deep nesting in JSON', '{"a":'.repeat(100_000), 'json'],
    ['too many keys', Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join('\n'), 'yaml'],
    ['too much text', `# ${'x'.repeat(1_000_000)}`, 'yaml'],
  ] as const)('refuses %s as POLICY_SYNTAX', (_what, text, format) => {
    expect(errorsOf(text, format).map((e) => e.code)).toEqual(expect.arrayContaining(['POLICY_SYNTAX']));
  });

  it('refuses aliases that multiply', () => {
    const rows = 'abcdefgh'.split('').map(
      (c, i, all) =>
        `${c}: &${c} [${Array(9)
          .fill(i === 0 ? '1' : `*${all[i - 1]}`)
          .join(', ')}]`,
    );
    expect(errorsOf(rows.join('\n'))).toEqual([{ line: null, column: null, code: 'POLICY_SYNTAX' }]);
  });

  it('tells the line of a fault in JSON and of a key that stands twice', () => {
    expect(errorsOf('{\n"a": 1,\n"b": ?\n}', 'json')).toMatchObject([{ line: 3, code: 'POLICY_SYNTAX' }]);
    expect(errorsOf('{\n"a": 1,\n"a": 2\n}', 'json')).toMatchObject([{ line: 3, code: 'POLICY_KEY_REPEATED' }]);
    expect(errorsOf(`${SAMPLE}\nversion: 2\n`)).toMatchObject([{ code: 'POLICY_KEY_REPEATED' }]);
  });

  it.each(['', 'null', '[]', 'text', '42'])('refuses %j, which is no map', (text) => {
    expect(errorsOf(text)).toMatchObject([{ column: null, code: 'POLICY_VALUE_INVALID' }]);
  });

  it('does not take a prototype for a programme', () => {
    expect(errorsOf(changed('  public_housing:', '  __proto__:'))).toMatchObject([{ code: 'POLICY_SYNTAX' }]);
    expect(errorsOf('{"__proto__": {}}', 'json')).toMatchObject([{ code: 'POLICY_SYNTAX' }]);
    expect(errorsOf(changed('programme: dibao_margin,', 'programme: constructor,'))).toMatchObject([
      { code: 'POLICY_MEANING' },
    ]);
  });

  it('throws on stored text that is no policy, and has a JSON schema', () => {
    expect(() => policyFromCanonical('{}')).toThrow(TypeError);
    const schema = z.toJSONSchema(policyDocumentSchema);
    expect(schema.$defs?.PolicyDocument).toMatchObject({ type: 'object', additionalProperties: false });
  });
});
