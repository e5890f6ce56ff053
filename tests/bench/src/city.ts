import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, whileLocked } from '@hedui/local-parts';
import { type CityFacts, writeCity } from '@hedui/testing/city';
import type { CityLoad } from './comparators/parameters.js';
import type { Options } from './options.js';

export const AS_OF = '2026-11-15';
/** Raised when the generator changes what it writes, so that no run meets an older city under the same name. */
const EDITION = 2;

/** An invented city on disk: what everyone in a run works on. */
export interface City {
  folder: string;
  households: number;
  persons: number;
  bystanders: number;
  /** Rows of all source files. */
  records: number;
  loads: CityLoad[];
  householdFile: string;
}

/**
 * The city of these options: written as a stream at its first use, then kept in the cache folder (`HEDUI_CACHE`). No row and no
 * household of it is damaged, so that every household is assessed by everyone.
 */
export async function bringCity(options: Pick<Options, 'seed' | 'households' | 'bystanders'>): Promise<City> {
  const { seed, households, bystanders } = options;
  const cities = path.join(cacheFolder(), 'bench');
  const folder = path.join(cities, `city-${EDITION}-${seed}-${households}-${bystanders}`);
  await whileLocked(`${folder}.lock`, 3_600_000, async () => {
    if (existsSync(folder)) return;
    const unfinished = `${folder}.part`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    const facts = await writeCity(unfinished, { seed, households, bystanders, asOf: AS_OF, damaged: 0 });
    await writeFile(path.join(unfinished, 'facts.json'), JSON.stringify(facts));
    await rename(unfinished, folder);
  });
  const facts = JSON.parse(await readFile(path.join(folder, 'facts.json'), 'utf8')) as CityFacts;
  return {
    folder,
    households,
    persons: facts.persons,
    bystanders,
    records: Object.values(facts.files).reduce((sum, file) => sum + file.rows, 0),
    loads: JSON.parse(await readFile(path.join(folder, 'loads.json'), 'utf8')) as CityLoad[],
    householdFile: path.join(folder, 'households.csv'),
  };
}
