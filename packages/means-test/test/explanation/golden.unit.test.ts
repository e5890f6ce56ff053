import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { explain } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { need } from '../city/cells.js';
import { cityCases, HARD_CITY, loadCity } from '../city/city.js';

/**
 * Two whole explanations as people get them. They were read line by line against the records of the hard city; after a
 * change, HEDUI_GOLDEN=write writes them anew, and they are to be read again.
 */
const HOUSEHOLDS = [
  ['H0000054', 'a supporter died, another gives nothing; a vehicle and the income fail; the next tier holds'],
  ['H0000073', 'the tier applied for fails on spending, a higher one holds'],
];

describe('explanations of the hard city', () => {
  const cases = cityCases(
    loadCity(HARD_CITY),
    '2026-11-15',
    HOUSEHOLDS.map(([ref = '']) => ref),
  );

  it.each(HOUSEHOLDS)('%s: %s', (ref) => {
    const file = path.join(__dirname, 'golden', `${ref}.json`);
    const explanation = explain(...need(cases.get(ref), ref));
    if (process.env.HEDUI_GOLDEN === 'write') writeFileSync(file, `${JSON.stringify(explanation, null, 2)}\n`);
    expect(explanation).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });
});
