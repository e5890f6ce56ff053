import { hardCityRejects } from '@hedui/source-kit/test';
import { describe, expect, it } from '@jest/globals';
import { taxSource } from '../src/app.js';

describe('the files of the hard city', () => {
  it('reject exactly the rows that are wrong, and lose none', async () => {
    const files = await hardCityRejects(taxSource);
    expect(files.length).toBeGreaterThanOrEqual(9);
    expect(files.some(({ wanted }) => wanted.length > 0)).toBe(true);
    for (const { file, wanted, found, counts } of files) {
      expect({ file, rows: found }).toEqual({ file, rows: wanted });
      expect(counts.rejected).toBe(wanted.length);
      expect(counts.read).toBe(counts.applied + counts.unchanged + counts.rejected + counts.superseded);
    }
  }, 120_000);
});
