import type { FastifyInstance } from 'fastify';

export interface ListenOptions {
  host: string;
  port: number;
  /** How long running requests may take to finish after a signal (default 10 s); then their connections are cut. */
  graceMs?: number;
  /** How long stopping may take altogether (default 18 s, below the 20 s after which the launcher kills); then exit status 1. */
  limitMs?: number;
  /** Runs when everything else has ended, before the process does: sends what was measured last. Its failure counts for nothing. */
  stopped?: () => Promise<unknown>;
  /** What ends the process (default `process.exit`); tests put their own here. */
  exit?: (status: number) => void;
}

/**
 * Listens until SIGTERM or SIGINT. Then: no new connections, server-sent events end, running requests finish within the
 * grace, the app's onClose hooks run (what is under way is finished or given back), exit status 0. Exit status 1 when one of them failed or
 * when it all takes longer than the limit: nothing is lost by that, for what was not committed is done again. Further signals change nothing.
 */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<void> {
  const exit = options.exit ?? ((status: number) => process.exit(status));
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    app.log.info({ signal }, 'stopping');
    const cut = setTimeout(() => {
      app.log.warn('requests that did not end in time are cut');
      app.server.closeAllConnections();
    }, options.graceMs ?? 10_000).unref();
    const tooLong = setTimeout(() => {
      app.log.error('stopping took too long');
      exit(1);
    }, options.limitMs ?? 18_000).unref();
    app.close().then(
      async () => {
        await options
          .stopped?.()
          .catch((error: unknown) => app.log.warn({ err: error }, 'the last word could not be said'));
        clearTimeout(cut);
        clearTimeout(tooLong);
        process.off('SIGTERM', stop).off('SIGINT', stop);
        app.log.info('stopped');
        exit(0);
      },
      (error: unknown) => {
        app.log.error({ err: error }, 'stopping failed');
        exit(1);
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  await app.listen({ host: options.host, port: options.port });
}
