import { request } from 'node:http';

/** The socket of a local Docker daemon, or null when DOCKER_HOST names one that is reached otherwise. */
function socketPath(): string | null {
  const host = process.env.DOCKER_HOST;
  if (!host) return process.platform === 'win32' ? '//./pipe/docker_engine' : '/var/run/docker.sock';
  return host.startsWith('unix://') ? host.slice('unix://'.length) : null;
}

/** Whether a Docker daemon answers on its socket within half a second. */
export function dockerAnswers(): Promise<boolean> {
  const path = socketPath();
  if (!path) return Promise.resolve(false);
  return new Promise((resolve) => {
    const ping = request({ socketPath: path, path: '/_ping', timeout: 500 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.on('close', () => resolve(false));
    ping.end();
  });
}
