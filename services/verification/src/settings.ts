import type { Day } from '@hedui/contracts';

/** Limits and pauses that an installation may set; the defaults are in config.ts. */
export interface Settings {
  /** Largest body of a batch in bytes. */
  maxBodyBytes: number;
  /** Most rows of a batch. */
  maxRows: number;
  /** Most rows of one household. */
  maxHouseholdRows: number;
  /** Chunks of batches that may be sent and unreported at a time. */
  outstandingChunks: number;
  /** How often the sender looks by itself, in milliseconds. */
  senderPauseMs: number;
  /** A batch whose receiver has been silent for so many seconds is given up. */
  abandonedAfterSeconds: number;
  /** Who issues the documents. */
  centre: { zh: string; en: string; address?: string | undefined; telephone?: string | undefined };
  /** Days within which a household may object. */
  objectionDays: number;
  /** Months for which a report holds. */
  validMonths: number;
  /** Months after a report for which it stays known whose it is; then its data key is destroyed. */
  retentionMonths: number;
  /** Days within which the signature of a green channel is owed. */
  greenChannelDays: number;
  /** How often authorisations that have run out are ended, in milliseconds. */
  settleEveryMs: number;
  /** The day it is, in China. */
  today(): Day;
  /** How often it is looked whether topics were lost, in milliseconds. */
  keepTopicsEveryMs: number;
  /** Minutes for which a granted unmasking lasts. */
  unmaskingMinutes: number;
}

const DAY_MS = 86_400_000;
const CHINA_MS = 8 * 3_600_000;

export const DEFAULT_SETTINGS: Settings = {
  maxBodyBytes: 2 * 1024 ** 3,
  maxRows: 10_000_000,
  maxHouseholdRows: 200,
  outstandingChunks: 16,
  senderPauseMs: 1_000,
  abandonedAfterSeconds: 60,
  centre: { zh: '居民家庭经济状况核对中心', en: 'Household Economic-Status Verification Centre' },
  objectionDays: 5,
  validMonths: 6,
  retentionMonths: 60,
  greenChannelDays: 10,
  settleEveryMs: 60_000,
  today: () => Math.floor((Date.now() + CHINA_MS) / DAY_MS) as Day,
  keepTopicsEveryMs: 30_000,
  unmaskingMinutes: 60,
};
