/**
 * Preloaded into every service of a world: moves the clock of the service that `$HEDUI_FAULTS_DIR/clock.json` names by so many
 * milliseconds (`{ "matcher": 600000 }`), as a machine whose clock is wrong would have it. Timers go on as they are.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const file = path.join(process.env.HEDUI_FAULTS_DIR ?? '', 'clock.json');
const offset =
  process.env.HEDUI_FAULTS_DIR && existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8'))[process.env.HEDUI_SERVICE ?? ''] ?? 0)
    : 0;

if (offset !== 0) {
  const Clock = globalThis.Date;
  const now = Clock.now.bind(Clock);
  globalThis.Date = class Shifted extends Clock {
    constructor(...args) {
      if (args.length === 0) super(now() + offset);
      else super(...args);
    }
    static now() {
      return now() + offset;
    }
  };
}
