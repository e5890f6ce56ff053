import { killedBeforeCommit, killedBeforeMark, killedBeforeSend, matcherKilled } from './01-04-killed.js';
import { brokerKilled, cacheFails, databaseRestarted, storingKilled, transactionsFail } from './05-09-interrupted.js';
import type { Fault } from './scene.js';

/** Every fault, by its number. */
export const FAULTS: readonly Fault[] = [
  killedBeforeCommit,
  killedBeforeSend,
  killedBeforeMark,
  matcherKilled,
  storingKilled,
  brokerKilled,
  databaseRestarted,
  transactionsFail,
  cacheFails,
];
