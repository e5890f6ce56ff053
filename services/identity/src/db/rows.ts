import { PURPOSES, type Purpose, type Rights, ROLES, type Role } from '@hedui/contracts';

/** The columns of rights, as users and clients share them. */
export interface RightsRow {
  roles: string[];
  regions: string[];
  purposes: string[];
  sources: string[];
  department: string | null;
}

export const RIGHTS_COLUMNS = 'roles, regions, purposes, sources, department';
const roles: ReadonlySet<string> = new Set(ROLES);
const purposes: ReadonlySet<string> = new Set(PURPOSES);

export function rightsOf(row: RightsRow): Rights {
  return {
    roles: row.roles.filter((role): role is Role => roles.has(role)),
    regions: row.regions,
    purposes: row.purposes.filter((purpose): purpose is Purpose => purposes.has(purpose)),
    sources: row.sources,
    department: row.department,
  };
}

export const rightsValues = (rights: Rights) => [
  rights.roles,
  rights.regions,
  rights.purposes,
  rights.sources,
  rights.department,
];
