import { FILE_KINDS, HOUSEHOLD_FILE } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { businessRegistrySource } from '../../../services/business-registry-source/src/definition.js';
import { civilAffairsSource } from '../../../services/civil-affairs-source/src/definition.js';
import { housingFundSource } from '../../../services/housing-fund-source/src/definition.js';
import { taxSource } from '../../../services/tax-source/src/definition.js';
import { vehicleSource } from '../../../services/vehicle-source/src/definition.js';
import { BATCH_COLUMNS } from '../../../services/verification/src/intake/columns.js';

const sources = [taxSource, vehicleSource, housingFundSource, businessRegistrySource, civilAffairsSource];
const loads = sources.flatMap(({ source, recordTypes }) =>
  recordTypes.map((type) => [`${source}/${type.type}`, type.columns] as const),
);

describe('what /docs says of a file is what its reader takes', () => {
  it('knows every record type, and no other', () => {
    expect(
      FILE_KINDS.filter((kind) => kind.source !== null)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(loads.map(([kind]) => kind).sort());
  });

  it.each(loads)('%s: the same columns, required alike', (kind, columns) => {
    const described = FILE_KINDS.find((candidate) => candidate.kind === kind);
    expect(described?.columns.map(({ name, required }) => [name, required === true])).toEqual(
      columns.map(({ name, required }) => [name, required === true]),
    );
  });

  it('households: the same columns', () => {
    expect(HOUSEHOLD_FILE.columns.map(({ name }) => name)).toEqual(BATCH_COLUMNS.map(({ name }) => name));
  });
});
