import { z } from 'zod';
import {
  auditExportQuerySchema,
  auditPageSchema,
  auditQuerySchema,
  looksQuerySchema,
  looksSchema,
  receiptSchema,
} from '../audit.js';
import type { RouteContract } from './contract.js';
import { always, problems, read } from './shapes.js';

const reportParams = z.object({ reportNo: z.string() });

export const AUDIT_ROUTES = {
  listAudit: {
    id: 'listAudit',
    method: 'GET',
    path: '/v1/audit',
    owner: 'named',
    access: ['auditor'],
    reach: 'region',
    tag: 'audit',
    summary: { zh: '审计日志', en: 'Entries of the audit log of one service' },
    description: 'Entries of households within the regions of the caller, and those that concern no region.',
    query: auditQuerySchema,
    responses: { 200: auditPageSchema, ...problems(400, 404), ...always },
  },
  exportAudit: {
    id: 'exportAudit',
    method: 'GET',
    path: '/v1/audit/export',
    owner: 'named',
    access: ['auditor'],
    reach: 'region',
    tag: 'audit',
    summary: { zh: '导出审计日志', en: 'The whole log of one service, to be verified offline' },
    description:
      'A header with the public keys, every entry with the signed checkpoints between them, and a signed tail. For callers whose region is the whole country.',
    query: auditExportQuerySchema,
    responses: {
      200: { stream: ['application/x-ndjson'], description: 'one line each: header, entry, checkpoint, tail' },
      ...problems(400, 404),
      ...always,
    },
  },
  getReportReceipt: {
    id: 'getReportReceipt',
    method: 'GET',
    path: '/v1/reports/:reportNo/receipt',
    owner: 'verification',
    access: [...read, 'department'],
    reach: 'households',
    tag: 'audit',
    summary: { zh: '报告的存证', en: 'Proof that a report stands in the audit log' },
    params: reportParams,
    responses: { 200: receiptSchema, ...problems(404, 409, 410), ...always },
  },
  getReportLooks: {
    id: 'getReportLooks',
    method: 'GET',
    path: '/v1/reports/:reportNo/looks',
    owner: 'verification',
    access: ['auditor', 'reviewer'],
    reach: 'households',
    tag: 'audit',
    summary: { zh: '谁查看过这户家庭', en: 'Who looked at a household, when and what for' },
    description: 'In the form for the citizen it names offices and roles, not officers.',
    params: reportParams,
    query: looksQuerySchema,
    responses: { 200: looksSchema, ...problems(400, 404, 409, 410), ...always },
  },
} as const satisfies Record<string, RouteContract>;
