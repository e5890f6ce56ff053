/** One step of the assessment: its name in the table of times, and its statements. */
export interface Step {
  name: string;
  sql: string[];
}
