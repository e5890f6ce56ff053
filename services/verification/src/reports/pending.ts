import { reportNoOf } from '../identifiers.js';

/** 202: the report is not ready; where to look. */
export function pending(...household: Parameters<typeof reportNoOf>) {
  const reportNo = reportNoOf(...household);
  const location = `/v1/reports/${reportNo}`;
  return { status: 202, json: { reportNo, state: 'pending', location }, headers: { location } };
}
