import type { InputError, Rights } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';

function fault(column: string, rule: string): InputError {
  return { line: null, column, code: 'VALUE_INVALID', rule };
}

/**
 * What rights have to agree in: an administrator sees no family, so the role stands alone; a department's role and the department it acts for
 * come together; a source officer names sources. Throws BODY_INVALID with each fault.
 */
export function checkRights(rights: Rights): void {
  const has = new Set(rights.roles);
  const faults: InputError[] = [];
  if (has.size !== rights.roles.length) faults.push(fault('roles', '角色重复 / a role stands twice'));
  if (has.has('administrator') && has.size > 1)
    faults.push(fault('roles', '管理员不得兼任其他角色 / an administrator has no other role'));
  if (has.has('administrator') && (rights.regions.length > 0 || rights.purposes.length > 0))
    faults.push(
      fault('regions', '管理员不接触家庭数据 / an administrator sees no family, so has no region and no purpose'),
    );
  if (has.has('department') !== (rights.department !== null))
    faults.push(fault('department', '部门角色须指明部门 / the role department and a department come together'));
  if (has.has('department') && has.size > 1)
    faults.push(fault('roles', '部门不得兼任中心角色 / a department has no role of the centre'));
  if (has.has('source_officer') !== rights.sources.length > 0)
    faults.push(fault('sources', '数据管理员须指明来源 / the role source_officer and sources come together'));
  if (faults.length > 0) throw new HeduiError('BODY_INVALID', { errors: faults });
}

/** Nobody changes what they may do themselves. Throws FORBIDDEN. */
export function checkNotSelf(subject: string, id: string): void {
  if (subject === id) throw new HeduiError('FORBIDDEN', { detail: 'nobody changes their own rights' });
}
