import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problems.js';

/** 404 for an unknown address, 405 with Allow for a known one that does not take this method. */
export function addNotFound(app: FastifyInstance): void {
  const known: { form: RegExp; methods: readonly string[] }[] = [];
  app.addHook('onRoute', (route) => {
    const pattern = route.url
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/:\w+/g, '[^/]+')
      .replace(/\*/g, '.*');
    known.push({ form: new RegExp(`^${pattern}$`), methods: [route.method].flat() });
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = new Set(known.filter(({ form }) => form.test(path)).flatMap(({ methods }) => methods));
    // A page that answers this method has nothing at this address.
    if (allowed.size === 0 || allowed.has(request.method)) return sendProblem(request, reply, 'NOT_FOUND');
    return sendProblem(request, reply.header('allow', [...allowed].join(', ')), 'METHOD_NOT_ALLOWED');
  });
}
