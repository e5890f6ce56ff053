import { killedBeforeCommit, killedBeforeMark, killedBeforeSend } from './01-03-sources-killed.js';
import {
  brokerKilled,
  cacheFails,
  databaseRestarted,
  matcherKilled,
  storingKilled,
  transactionsFail,
} from './04-09-interrupted.js';
import { everythingThrice } from './10-repeated.js';
import { poison } from './11-poison.js';
import { matchersScaled } from './12-scaled.js';
import { diskFull } from './13-disk-full.js';
import { clockWrong, sourceStale } from './14-15-time.js';
import { slowReader } from './16-slow-reader.js';
import { halfAFile, toldToStop } from './17-18-stopped.js';
import { badUploads } from './19-uploads.js';
import { interleaved } from './20-interleaved.js';
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
  everythingThrice,
  poison,
  matchersScaled,
  diskFull,
  clockWrong,
  sourceStale,
  slowReader,
  toldToStop,
  halfAFile,
  badUploads,
  interleaved,
];
