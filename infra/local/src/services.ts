import { existsSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { PartUnavailable, startChild, stopLeftover, until } from '@hedui/local-parts';
import { type Home, lastLines, logFile } from './home.js';
import { type Kept, keepRunning } from './keep-running.js';
import { memoryOptions, type ServiceSpec, type Surroundings, serviceEnvironment } from './mesh.js';

const GRACE_MS = 20_000;
const READY_MS = 120_000;
/** Deaths before the first readiness after which a service is taken to be unable to start, */
const STARTS = 5;
/** but not before this time: a broker that has just come up makes services end and start again for a while. */
export const PATIENCE_MS = 20_000;

/** A service that has been started: not yet known to be ready. */
export interface StartedService {
  spec: ServiceSpec;
  port: number;
  log: string;
  kept: Kept;
}

/** Starts a service in a process of its own and keeps it running. */
export async function startService(
  spec: ServiceSpec,
  at: Surroundings,
  home: Home,
  checkout: string,
  say: (text: string) => void,
): Promise<StartedService> {
  const cwd = path.join(checkout, 'services', spec.name);
  const entry = path.join(cwd, 'dist', 'server.js');
  if (!existsSync(entry)) {
    throw new PartUnavailable(spec.name, `${path.relative(checkout, entry)} is missing`, 'Build again: npm run build.');
  }
  const log = logFile(home, spec.name);
  const pidFile = path.join(home.run, `${spec.name}.pid`);
  await stopLeftover(pidFile, entry, 'SIGTERM', GRACE_MS);
  // The service does not read HEDUI_HOME: it tells whoever lists processes which installation one belongs to.
  const env = {
    // For programs of this machine and for administrators.
    HEDUI_METRICS: 'on',
    HEDUI_METRICS_DISKS: `data=${home.root}`,
    ...serviceEnvironment(spec, at, process.env),
    HEDUI_HOME: home.root,
  };
  const start = () =>
    startChild({
      command: process.execPath,
      args: ['--enable-source-maps', ...memoryOptions(spec), entry],
      cwd,
      env,
      log,
      stopSignal: 'SIGTERM',
      graceMs: GRACE_MS,
      order: 0,
      pidFile,
    });
  const kept = await keepRunning({ name: spec.name, say, start });
  return { spec, port: at.ports[spec.name] ?? 0, log, kept };
}

/** What a service says about its readiness: null when it is ready, else the reason. */
export function whyNotReady(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path: '/ready', agent: false, timeout: 5_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        text = (text + piece).slice(0, 400);
      });
      answer.on('end', () => resolve(answer.statusCode === 200 ? null : `${answer.statusCode} ${text}`));
      answer.on('error', (error) => resolve(error.message));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 5 s')));
    asked.on('error', (error) => resolve(error.message));
    asked.end();
  });
}

/**
 * Waits until a service is ready.
 * @throws PartUnavailable when it keeps dying or takes too long, with the end of its log.
 */
export async function awaitReady(service: StartedService, host: string, patienceMs = PATIENCE_MS): Promise<void> {
  const { kept, log, port, spec } = service;
  const since = Date.now();
  let reason: string | null = null;
  const ready = await until(
    async () => {
      if (kept.deaths() >= STARTS && Date.now() - since >= patienceMs) return false;
      reason = await whyNotReady(host, port);
      return reason === null ? true : undefined;
    },
    READY_MS,
    100,
  );
  if (ready) return;
  const why =
    ready === false ? `it ended ${kept.deaths()} times` : `it is not ready after ${READY_MS / 1000} s (${reason})`;
  throw new PartUnavailable(spec.name, `${why}; the end of its log:\n${lastLines(log, 12)}`, `See ${log}.`);
}
