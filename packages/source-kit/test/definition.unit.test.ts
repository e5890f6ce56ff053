import { describe, expect, it } from '@jest/globals';
import { DefinitionError, defineSource, type RecordTypeDefinition, type SourceDefinition } from '../src/index.js';
import { socialInsurance } from './support/definitions.js';

const [pension] = socialInsurance.recordTypes;
if (!pension) throw new Error('the definition has a record type');
const withType = (over: Partial<RecordTypeDefinition>): SourceDefinition => ({
  ...socialInsurance,
  recordTypes: [{ ...pension, ...over }],
});

describe('a definition', () => {
  it('is accepted when all of it fits together', () => {
    expect(defineSource(socialInsurance)).toBe(socialInsurance);
  });

  const mistakes: Record<string, SourceDefinition> = {
    'without record types': { ...socialInsurance, recordTypes: [] },
    'with a name that no address can hold': { ...socialInsurance, source: 'Social Insurance' },
    'with a record type twice': { ...socialInsurance, recordTypes: [pension, pension] },
    'whose first column is no id': withType({ columns: pension.columns.slice(1) }),
    'with a column twice': withType({ columns: [...pension.columns, { name: 'amount', kind: { is: 'money' } }] }),
    'that names a column that is not there': withType({ blind: [{ column: 'height', as: 'fen' }] }),
    'that would let a name leave': withType({ blind: [{ column: 'name', as: 'text' }] }),
    'that would let a document number leave': withType({ blind: [{ column: 'id_number', as: 'text' }] }),
    'that takes an amount for a day': withType({ blind: [{ column: 'amount', as: 'day' }] }),
    'that speaks of a second person whom it does not have': withType({ blind: [{ as: 'otherPerson' }] }),
    'that orders by something that is no day': withType({ orderBy: 'amount' }),
    'whose person is no person': withType({ person: { ...pension.person, idNumber: 'name' } }),
  };
  for (const [name, mistake] of Object.entries(mistakes)) {
    it(`${name} is refused`, () => {
      expect(() => defineSource(mistake)).toThrow(DefinitionError);
    });
  }
});
