import type { AuditRecord, Looks, Receipt } from '../http/audit.js';
import { RECEIPT_FORMAT } from '../http/audit.js';

const REPORT_NO = 'R01KB9D5Z3QWERTYASDFGHZXCVB00';
const hash = (digit: string) => digit.repeat(64);
const at = '2026-11-15T02:11:07.031Z';

const record: AuditRecord = {
  at,
  entry: {
    action: 'report.read',
    actor: { subject: 'reviewer-7', roles: ['reviewer'], department: null },
    correlationId: '019a1f6e-3bff-7001-8aaa-5b1f3a9e2d00',
    covers: null,
    details: {},
    object: { kind: 'report', id: REPORT_NO },
    purpose: 'assistance',
    region: '520102',
  },
  previous: hash('a'),
  seq: 4711,
};
const checkpoint = {
  statement: {
    at,
    head: hash('b'),
    key: hash('c'),
    log: 'verification',
    previous: 4000,
    root: hash('d'),
    size: 4711,
  },
  signature: 'c2lnbmF0dXJl',
};
const key = { id: hash('c'), x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const receipt: Receipt = {
  format: RECEIPT_FORMAT,
  reportNo: REPORT_NO,
  statement: `["${REPORT_NO}","eligible",null]`,
  household: { index: 0, path: [] },
  record: {
    ...record,
    entry: { ...record.entry, action: 'chunk.report', covers: { count: 1, root: hash('e') } },
  },
  entry: { index: 4710, path: [hash('f')] },
  checkpoint,
  key,
};
const looks: Looks = {
  reportNo: REPORT_NO,
  items: [
    { at, action: 'report.read', office: null, roles: ['reviewer'], subject: null, purpose: 'assistance', seq: 4711 },
  ],
};

export const AUDIT_EXAMPLES = {
  listAudit: {
    query: { service: 'verification', from: '2026-11-01', action: 'report' },
    status: 200,
    answer: { items: [{ hash: hash('b'), record }], next: null },
  },
  exportAudit: {
    query: { service: 'verification' },
    status: 200,
    answerText: `{"hash":"${hash('b')}","record":${JSON.stringify(record)}}\n`,
  },
  getReportReceipt: { params: { reportNo: REPORT_NO }, status: 200, answer: receipt },
  getReportLooks: { params: { reportNo: REPORT_NO }, query: { form: 'citizen' }, status: 200, answer: looks },
};
