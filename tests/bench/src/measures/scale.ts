import type { City } from '../city.js';
import { type Figures, rounded } from '../figures.js';
import type { Installation } from '../hedui/installation.js';
import { firstHouseholds, runBatch } from './batch.js';

/** The sizes at which the cost of a household is compared, as far as the city has them. */
export function sizesOf(households: number): number[] {
  const sizes = [10_000, 100_000, 1_000_000].filter((size) => size <= households);
  return sizes.length > 1 ? sizes : [Math.ceil(households / 4), households];
}

/** Batches of growing size on the same sources: processor time a household, and the memory of each process. */
export async function measureScale(mesh: Installation, city: City): Promise<NonNullable<Figures['scale']>> {
  const figures: NonNullable<Figures['scale']> = [];
  for (const size of sizesOf(city.households)) {
    const run = await runBatch(mesh, await firstHouseholds(city.householdFile, size), null, `scale ${size}`);
    figures.push({
      households: size,
      seconds: rounded(run.seconds),
      cpuMicrosPerHousehold: rounded(run.cpuMicrosPerHousehold, 1),
      peakMb: Object.fromEntries(Object.entries(run.memoryMb).map(([name, { max }]) => [name, max])),
    });
  }
  return figures;
}
