/** A part that cannot be had here: which one, why, and what the reader can do about it. */
export class PartUnavailable extends Error {
  readonly part: string;
  readonly remedy: string;

  constructor(part: string, why: string, remedy: string, cause?: unknown) {
    super(why, { cause });
    this.name = 'PartUnavailable';
    this.part = part;
    this.remedy = remedy;
  }
}
