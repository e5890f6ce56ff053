import type { z } from 'zod';
import type { Reach, Role } from '../access.js';

/**
 * Which service answers a route behind the gateway. `source`: the one that the path or the load id names; `named`: the one that the query's
 * `service` names.
 */
export type RouteOwner = 'source' | 'verification' | 'reporting' | 'identity' | 'named' | 'gateway';

/** A body or an answer that is not JSON: streamed as it is. */
export interface StreamShape {
  stream: readonly string[];
  description: string;
}

/** One REST call: used by the handler, by the OpenAPI document, by the gateway's routing and by the tests. */
export interface RouteContract {
  id: string;
  method: 'GET' | 'POST';
  /** Fastify form: `/v1/loads/:id`. */
  path: string;
  owner: RouteOwner;
  access: readonly Role[];
  reach: Reach;
  /** A call that changes nothing although it is no GET: auditors with the purpose `inspection` may make it. */
  inspects?: boolean;
  tag:
    | 'sources'
    | 'policies'
    | 'batches'
    | 'verifications'
    | 'reports'
    | 'rates'
    | 'authorisations'
    | 'identity'
    | 'audit'
    | 'keys'
    | 'operations';
  summary: { zh: string; en: string };
  description?: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType | StreamShape;
  responses: Readonly<Record<number, z.ZodType | StreamShape>>;
  /** POSTs take Idempotency-Key. */
  idempotent?: boolean;
}

export const isStream = (shape: z.ZodType | StreamShape): shape is StreamShape => 'stream' in shape;
