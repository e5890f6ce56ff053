/** What can be wrong with a policy document, with its rule in both languages. */
const RULES = {
  POLICY_SYNTAX: { zh: '文件无法解析', en: 'the document cannot be read as YAML or JSON' },
  POLICY_KEY_UNKNOWN: { zh: '未知的键', en: 'a policy has no such key' },
  POLICY_KEY_MISSING: { zh: '缺少必填的键', en: 'a required key is missing' },
  POLICY_KEY_REPEATED: { zh: '键重复', en: 'the key stands twice' },
  POLICY_VALUE_INVALID: { zh: '取值不符合要求', en: 'the value does not have the required form' },
  POLICY_MEANING: { zh: '政策内容自相矛盾或无意义', en: 'the policy contradicts itself or says nothing' },
} as const;
export type PolicyErrorCode = keyof typeof RULES;

/** The bilingual rule text of a code, with an addition in either language. */
export function rule(code: PolicyErrorCode, zh = '', en = ''): string {
  const text = RULES[code];
  return `${text.zh}${zh ? `：${zh}` : ''} / ${text.en}${en ? `: ${en}` : ''}`;
}
