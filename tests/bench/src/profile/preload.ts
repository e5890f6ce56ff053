/**
 * Loaded into every service of a profiled installation (`NODE_OPTIONS=--import …`): SIGUSR2 starts the processor profile, the next
 * SIGUSR2 writes it to `HEDUI_BENCH_PROFILE` as `<service>-<pid>.cpuprofile`.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import path from 'node:path';

const folder = process.env.HEDUI_BENCH_PROFILE;
const service = /services\/([a-z-]+)\/dist/.exec(process.argv[1] ?? '')?.[1];

if (folder && service) {
  const session = new Session();
  session.connect();
  let running = false;
  process.on('SIGUSR2', () => {
    if (!running) {
      session.post('Profiler.enable');
      session.post('Profiler.setSamplingInterval', { interval: 1000 });
      session.post('Profiler.start');
      running = true;
      return;
    }
    running = false;
    session.post('Profiler.stop', (error, { profile }) => {
      if (!error) writeFileSync(path.join(folder, `${service}-${process.pid}.cpuprofile`), JSON.stringify(profile));
    });
  });
}
