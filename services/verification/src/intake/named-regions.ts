/** Regions that a batch names one by one. */
const MOST_REGIONS = 2_000;

/** The regions one by one; of a batch of more townships than a province has, the provinces that hold them. */
export function namedRegions(regions: ReadonlySet<string>): string[] {
  const named =
    regions.size > MOST_REGIONS ? new Set([...regions].map((region) => `${region.slice(0, 2)}0000`)) : regions;
  return [...named].sort();
}
