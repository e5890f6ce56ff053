import { createHash } from 'node:crypto';
import type { PersonKey } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { createRepeatedPersons } from '../src/intake/repeated-persons.js';

const key = (n: number) => createHash('sha256').update(String(n)).digest('hex').slice(0, 32) as PersonKey;

describe('persons in more than one household', () => {
  it('are counted for each appearance after the first, however many there are', () => {
    const persons = createRepeatedPersons();
    for (let n = 0; n < 20_000; n++) persons.add(key(n));
    expect(persons.result()).toEqual({ repeated: 0, atLeast: false });
    for (let n = 0; n < 20_000; n += 100) persons.add(key(n));
    persons.add(key(0));
    expect(persons.result()).toEqual({ repeated: 201, atLeast: false });
  });
});
