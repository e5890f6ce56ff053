import type { FastifyInstance } from 'fastify';

export interface ListenOptions {
  host: string;
  port: number;
  /** How long running requests may take to finish after a signal (default 10 s); then their connections are cut. */
  graceMs?: number;
  /** What ends the process (default `process.exit`); tests put their own here. */
  exit?: (status: number) => void;
}

/**
 * Listens until SIGTERM or SIGINT. Then: no new connections, server-sent events end, running requests finish within the
 * grace, the app's onClose hooks run, exit status 0 (1 when one of them failed). Further signals change nothing.
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
    app.close().then(
      () => {
        clearTimeout(cut);
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
