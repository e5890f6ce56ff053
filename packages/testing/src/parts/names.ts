export const PART_NAMES = ['postgres', 'kafka', 'redis'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** How to reach a part: a postgres:// or redis:// address, or the brokers as `host:port,host:port`. */
export interface PartAddress {
  url: string;
}
