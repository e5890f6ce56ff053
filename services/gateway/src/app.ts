import { asyncApiDocument, openApiDocument, ROUTES, type RouteContract } from '@hedui/contracts';
import { createApp, routeSettings, serveDocuments, type TokenVerifier, withRawBody } from '@hedui/http';
import type { Logger } from '@hedui/logging';
import type { Counter } from '@hedui/redis';
import type { FastifyInstance } from 'fastify';
import type { Dispatcher } from 'undici';
import { addIdentity } from './identity.js';
import { allUpstreams, originOf, type Upstreams } from './owners.js';
import { createAgent, passOn } from './pass-on.js';
import { limitRate } from './rate-limit.js';
import { createSourceDirectory } from './sources.js';

/** Version of the API, not of the program: raised when a caller has to change something. */
export const API_VERSION = '1.0.0';
const READY_MS = 2_000;

export interface GatewayDeps {
  logger: Logger;
  tokens: TokenVerifier;
  counter: Counter;
  upstreams: Upstreams;
  /** Requests a caller may make in a minute. */
  rateLimit: number;
  /** Requests an address may make in a minute to log in. */
  loginRateLimit: number;
}

async function isReady(agent: Dispatcher, origin: string): Promise<boolean> {
  try {
    const answer = await agent.request({
      origin,
      path: '/ready',
      method: 'GET',
      signal: AbortSignal.timeout(READY_MS),
    });
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}

async function readyParts(agent: Dispatcher, upstreams: Upstreams): Promise<Record<string, boolean>> {
  const parts = allUpstreams(upstreams).map(async ([name, origin]) => [name, await isReady(agent, origin)] as const);
  return Object.fromEntries(await Promise.all(parts));
}

function addPassedOn(app: FastifyInstance, upstreams: Upstreams, agent: Dispatcher): void {
  const contracts: RouteContract[] = Object.values(ROUTES).filter(({ owner }) => owner !== 'gateway');
  withRawBody(app, (scope) => {
    for (const contract of contracts) {
      scope.route<{ Params: Record<string, string> }>({
        ...routeSettings(contract),
        handler: (request, reply) => passOn(request, reply, originOf(contract, request.params, upstreams), agent),
      });
    }
  });
}

/** The one address of an installation: every contract is a route here, and most are passed on to their owner. */
export async function buildApp(deps: GatewayDeps): Promise<FastifyInstance> {
  const { logger, upstreams } = deps;
  const agent = createAgent();
  const app = await createApp({
    service: 'gateway',
    logger,
    tokens: deps.tokens,
    ready: () => readyParts(agent, upstreams),
  });
  app.addHook('onClose', async () => {
    await Promise.all([agent.destroy(), deps.counter.close()]);
  });
  await limitRate(app, deps.counter, deps.rateLimit);
  await serveDocuments(app, {
    openApi: openApiDocument(API_VERSION),
    asyncApi: asyncApiDocument(API_VERSION),
    title: '核对 Hedui API',
  });
  app.get('/', { config: { access: 'open' } }, (_request, reply) => reply.redirect('/docs'));
  const directory = createSourceDirectory(upstreams.sources, agent, logger);
  app.route({
    ...routeSettings(ROUTES.listSources),
    async handler({ id, headers }) {
      const authorization = headers.authorization ?? '';
      return { items: await directory.statuses({ authorization, 'x-correlation-id': id }) };
    },
  });
  addPassedOn(app, upstreams, agent);
  if (upstreams.identity !== null) addIdentity(app, upstreams.identity, agent, { max: deps.loginRateLimit });
  return app;
}
