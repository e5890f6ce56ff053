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
}

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
};
