export type LogErrorCode =
  /** The topic does not exist, or has fewer partitions than the message asks for. */
  | 'TOPIC_MISSING'
  /** The topic is there with another number of partitions. */
  | 'TOPIC_MISMATCH'
  | 'MESSAGE_TOO_LARGE';

/** What repeating does not mend. A log that cannot be reached is a HeduiError that says `retriable`. */
export class LogError extends Error {
  constructor(
    readonly code: LogErrorCode,
    detail: string,
    cause?: unknown,
  ) {
    super(`${code}: ${detail}`, { cause });
    this.name = 'LogError';
  }
}
