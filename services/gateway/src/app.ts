import { asyncApiDocument, openApiDocument, ROUTES, type RouteContract } from '@hedui/contracts';
import {
  type ClientTls,
  createApp,
  routeSettings,
  type ServerTls,
  serveDocuments,
  type TokenVerifier,
  withRawBody,
} from '@hedui/http';
import type { Logger } from '@hedui/logging';
import type { Counter } from '@hedui/redis';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import { type BodyLimits, bytesOf, DEFAULT_BODY_LIMITS } from './body-limits.js';
import { addDoctor } from './doctor.js';
import { addIdentity } from './identity.js';
import type { Instances } from './instances.js';
import { allUpstreams, originOf, type Upstreams } from './owners.js';
import { createAgent, passOn } from './pass-on.js';
import {
  DEFAULT_LIMITS,
  limitAnonymous,
  limitConcurrent,
  limitCostly,
  limitRate,
  type RateLimits,
} from './rate-limit.js';
import { createSourceDirectory } from './sources.js';

/** Version of the API, not of the program: raised when a caller has to change something. */
export const API_VERSION = '1.0.0';
const READY_MS = 2_000;

export interface GatewayDeps {
  logger: Logger;
  tokens: TokenVerifier;
  counter: Counter;
  upstreams: Upstreams;
  /** Services of several processes. */
  instances?: Instances;
  limits?: Partial<RateLimits>;
  bodies?: Partial<BodyLimits>;
  /** How the gateway listens; plain HTTP without it. */
  tls?: ServerTls | undefined;
  /** How it recognises the services behind it, and shows itself to them. */
  upstreamTls?: ClientTls;
  /** People reach it by https. */
  publicHttps?: boolean;
  trustedProxies?: readonly string[];
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

interface PassedOn {
  upstreams: Upstreams;
  agent: Dispatcher;
  bodies: BodyLimits;
  /** Throws RATE_LIMITED. */
  limit(contract: RouteContract, request: PassedRequest, reply: FastifyReply): Promise<void>;
}

type PassedRequest = FastifyRequest<{ Params: Record<string, string> }>;

function handlerOf(contract: RouteContract, { upstreams, agent, bodies, limit }: PassedOn) {
  const most = bytesOf(contract, bodies);
  return async (request: PassedRequest, reply: FastifyReply): Promise<FastifyReply> => {
    await limit(contract, request, reply);
    return passOn(request, reply, originOf(contract, request.params, upstreams), agent, most, bodies);
  };
}

function addPassedOn(app: FastifyInstance, parts: PassedOn): void {
  const contracts: RouteContract[] = Object.values(ROUTES).filter(({ owner }) => owner !== 'gateway');
  withRawBody(app, (scope) => {
    for (const contract of contracts) {
      scope.route({ ...routeSettings(contract), handler: handlerOf(contract, parts) });
    }
  });
}

/** The one address of an installation: every contract is a route here, and most are passed on to their owner. */
export async function buildApp(deps: GatewayDeps): Promise<FastifyInstance> {
  const { logger, upstreams } = deps;
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const bodies = { ...DEFAULT_BODY_LIMITS, ...deps.bodies };
  const agent = createAgent(deps.upstreamTls, deps.instances);
  const anonymous = limitAnonymous(deps.counter, limits);
  const concurrent = limitConcurrent(limits.concurrent);
  const app = await createApp({
    service: 'gateway',
    logger,
    tokens: deps.tokens,
    ready: () => readyParts(agent, upstreams),
    tls: deps.tls,
    publicHttps: deps.publicHttps ?? deps.tls !== undefined,
    trustedProxies: deps.trustedProxies ?? [],
    entry: true,
    beforeToken: anonymous.before,
  });
  app.addHook('onResponse', anonymous.after);
  app.addHook('onClose', async () => {
    await Promise.all([agent.destroy(), deps.counter.close()]);
  });
  await limitRate(app, deps.counter, limits);
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
  addDoctor(app, upstreams, agent);
  addPassedOn(app, {
    upstreams,
    agent,
    bodies,
    async limit(contract, request, reply) {
      concurrent(request, reply);
      await limitCostly(deps.counter, limits, contract, request, reply);
    },
  });
  if (upstreams.identity !== null) addIdentity(app, upstreams.identity, agent, { max: deps.loginRateLimit });
  return app;
}
