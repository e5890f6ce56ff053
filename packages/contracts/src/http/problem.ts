import { z } from 'zod';

/** One rejected place of an input: never holds an identity number or a name. */
export const inputErrorSchema = z.object({
  line: z.int().nullable().describe('physical line where the row begins; the header is line 1'),
  column: z.string().nullable(),
  code: z.string(),
  rule: z.string().describe('the rule that was broken, in Chinese and English'),
});
export type InputError = z.infer<typeof inputErrorSchema>;

/** RFC 9457 problem details, with a stable code. Branch on `code`, never on texts. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string().describe('in Chinese and English'),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    correlationId: z.string().optional(),
    errors: z.array(inputErrorSchema).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;

/**
 * Every code that a problem of the whole request can carry, with its HTTP status and its title. A row's codes are in
 * ROW_CODES.
 */
export const PROBLEMS = {
  BODY_INVALID: { status: 400, zh: '请求内容不符合要求', en: 'The request does not have the required form' },
  HEADER_UNUSABLE: { status: 400, zh: '文件表头不可用', en: "The file's header cannot be used" },
  FILE_UNREADABLE: { status: 400, zh: '文件不是可读取的 XLSX 工作簿', en: 'The file is not a readable XLSX workbook' },
  FILE_EMPTY: { status: 400, zh: '文件为空', en: 'The file is empty' },
  BODY_BROKEN_OFF: { status: 400, zh: '文件传输中断，未作任何更改', en: 'The body broke off; nothing was changed' },
  ENCODING_INVALID: { status: 400, zh: '文件编码不是 UTF-8 或 GB 18030', en: 'The file is neither UTF-8 nor GB 18030' },
  SCOPE_INVALID: {
    status: 400,
    zh: '范围必须是六位或九位行政区划代码',
    en: 'scope must be a region code of six or nine digits',
  },
  SCOPE_MISSING: { status: 400, zh: '缺少数据范围 scope', en: 'A load needs a scope' },
  AS_OF_INVALID: {
    status: 400,
    zh: '缺少或无效的数据日期 asOf (YYYY-MM-DD)',
    en: 'asOf is missing or not a date (YYYY-MM-DD)',
  },
  POLICY_REQUIRED: { status: 400, zh: '必须指明政策', en: 'Say which policy; there is not exactly one' },
  POLICY_UNKNOWN: { status: 400, zh: '没有这项政策或版本', en: 'There is no such policy or version in force' },
  POLICY_INVALID: { status: 400, zh: '政策文件有错误', en: 'The policy document has errors' },
  HOUSEHOLD_REJECTED: { status: 422, zh: '家庭数据被拒绝', en: 'The household was rejected' },
  PASSWORD_GUESSABLE: {
    status: 400,
    zh: '密码过于常见或容易猜到',
    en: 'The password is common or easily guessed; choose another',
  },
  CURSOR_INVALID: { status: 400, zh: '分页游标无效', en: 'The page cursor is not valid' },
  TOKEN_MISSING: { status: 401, zh: '缺少访问令牌', en: 'A bearer token is needed' },
  TOKEN_INVALID: { status: 401, zh: '访问令牌无效或已过期', en: 'The token is not valid or has expired' },
  FORBIDDEN: { status: 403, zh: '无权进行此操作', en: 'This caller may not do that' },
  UNMASKING_NEEDED: {
    status: 403,
    zh: '须经另一人同意方可查看姓名与证件号码',
    en: 'Names and document numbers are shown only while another person has granted it',
  },
  NOT_FOUND: { status: 404, zh: '未找到', en: 'Not found' },
  SOURCE_UNKNOWN: { status: 404, zh: '没有这个数据来源或记录类型', en: 'There is no such source or record type' },
  METHOD_NOT_ALLOWED: { status: 405, zh: '不支持该方法', en: 'The method is not allowed here' },
  REQUEST_TIMEOUT: { status: 408, zh: '请求传输过慢', en: 'The request came too slowly' },
  AS_OF_BACKWARDS: {
    status: 409,
    zh: '数据日期早于同一范围上次完成的装载',
    en: 'The as-of date is before that of the last completed load of this scope',
  },
  WITHDRAWALS_UNCONFIRMED: {
    status: 409,
    zh: '将撤销的记录过多，须确认',
    en: 'The load would withdraw too many records; confirm it',
  },
  POLICY_VERSION_EXISTS: {
    status: 409,
    zh: '该版本已发布且内容不同',
    en: 'This version is published with other content; publish a new version',
  },
  POLICY_VERSION_PROPOSED: {
    status: 409,
    zh: '该版本已有内容不同的待批提案',
    en: 'Other content is proposed for this version; withdraw that first',
  },
  SECOND_PERSON_NEEDED: {
    status: 409,
    zh: '须由另一人办理',
    en: 'This takes another person than the one who began it',
  },
  IDEMPOTENCY_UNDER_WAY: {
    status: 409,
    zh: '同一幂等键的请求正在处理',
    en: 'A request with this Idempotency-Key is under way',
  },
  BASIS_MISSING: {
    status: 409,
    zh: '未保存该报告的计算依据',
    en: 'What this report was computed from was not kept',
  },
  AUTHORISATION_WITHDRAWN: {
    status: 409,
    zh: '授权已撤回，核对已停止，不出具报告',
    en: 'The authorisation was withdrawn: the verification stopped and there is no report to show',
  },
  AUTHORISATION_ENDED: {
    status: 409,
    zh: '授权已终止，不得再查询',
    en: 'The authorisation has ended: nothing more may be asked about this household',
  },
  HOUSEHOLD_DROPPED: {
    status: 409,
    zh: '该户无法核对，已注明原因剔除，不出具报告',
    en: 'This household could not be assessed and was given up, with a reason: there is no report',
  },
  AUTHORISATION_EXISTS: {
    status: 409,
    zh: '该授权书已登记且内容不同',
    en: 'This authorisation is registered for this person with other contents',
  },
  STATE_CONFLICT: { status: 409, zh: '当前状态不允许此操作', en: 'The present state does not allow this' },
  REPORT_ERASED: { status: 410, zh: '该报告的资料已删除', en: 'What this report was about has been erased' },
  BODY_TOO_LARGE: { status: 413, zh: '请求内容过大', en: 'The body is too large' },
  URI_TOO_LONG: { status: 414, zh: '请求地址过长', en: 'The address is too long' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, zh: '不支持的内容类型', en: 'The content type is not supported' },
  IDEMPOTENCY_MISMATCH: {
    status: 422,
    zh: '同一幂等键用于不同内容',
    en: 'This Idempotency-Key was used with another request',
  },
  EXPECTATION_FAILED: { status: 417, zh: '不支持 Expect 头', en: 'That expectation cannot be met' },
  RATE_LIMITED: { status: 429, zh: '请求过于频繁', en: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, zh: '请求头过大', en: 'The headers are too large' },
  INTERNAL: { status: 500, zh: '内部错误', en: 'Internal error' },
  UPSTREAM_UNAVAILABLE: { status: 503, zh: '服务暂不可用', en: 'A service is not available' },
  STORAGE_UNAVAILABLE: { status: 503, zh: '存储暂不可用', en: 'Storage is not available' },
} as const satisfies Record<string, { status: number; zh: string; en: string }>;
export type ProblemCode = keyof typeof PROBLEMS;

/** Codes of a rejected row or household, with their rule in both languages. Normative names are those of the README. */
export const ROW_CODES = {
  ID_INVALID: { zh: '证件号码无效', en: 'the document number is not valid' },
  ID_MASKED: { zh: '证件号码或姓名被遮盖', en: 'the document number or name is masked' },
  AUTHORISATION_MISSING: {
    zh: '缺少授权书编号或签署日期',
    en: 'an adult needs an authorisation number and a signing date not after the as-of date',
  },
  AUTHORISATION_EXPIRED: { zh: '授权已过期', en: 'the authorisation ended before the as-of date' },
  APPLICANT_COUNT: { zh: '每户须有且仅有一名申请人', en: 'a household has exactly one applicant' },
  PERSON_REPEATED: { zh: '同一人在户内重复', en: 'the same person stands twice in the household' },
  PROGRAMME_UNKNOWN: { zh: '政策中没有该救助类型', en: 'the policy has no such programme' },
  AREA_MISMATCH: { zh: '城乡类型与救助类型不符', en: 'the programme is for the other area' },
  STANDARD_MISSING: {
    zh: '该地区无适用标准',
    en: 'the policy has no standard for this region and area at the as-of date',
  },
  VALUE_INVALID: { zh: '取值不符合要求', en: 'the value does not have the required form' },
  COLUMN_MISSING: { zh: '必填项为空', en: 'a required cell is blank' },
  EXCEL_DAMAGED: {
    zh: '数据被电子表格软件损坏（科学计数或丢失前导零）',
    en: 'damaged by a spreadsheet (scientific notation or a lost leading zero)',
  },
  HOUSEHOLD_CONTRADICTORY: { zh: '同户各行的户信息不一致', en: "a later row contradicts the household's first row" },
  HOUSEHOLD_REF_REPEATED: { zh: '户编号在批次中重复出现', en: 'the household_ref comes again after other households' },
  HOUSEHOLD_REJECTED: { zh: '同户其他行有错误', en: 'another row of this household is faulty' },
  HOUSEHOLD_TOO_LARGE: { zh: '一户人数超过上限', en: 'a household has more rows than the limit' },
  REGION_FORBIDDEN: {
    zh: '不在提交者的管辖区域内',
    en: 'the household lies outside the regions of whoever submits it',
  },
  PURPOSE_FORBIDDEN: {
    zh: '救助类型不在提交者的用途范围内',
    en: 'the programme serves a purpose that whoever submits it does not have',
  },
  ROW_MALFORMED: { zh: '行格式错误', en: 'the row cannot be read' },
} as const satisfies Record<string, { zh: string; en: string }>;
export type RowCode = keyof typeof ROW_CODES;

/** The bilingual rule text of a row code, with an optional addition such as the allowed values. */
export function ruleText(code: RowCode, addition = ''): string {
  const rule = ROW_CODES[code];
  return addition ? `${rule.zh} / ${rule.en}: ${addition}` : `${rule.zh} / ${rule.en}`;
}
