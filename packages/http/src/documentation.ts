import type { FastifyInstance } from 'fastify';
import type { OpenAPIV3 } from 'openapi-types';

export interface Documents {
  openApi: object;
  asyncApi: object;
  /** Of the browser's tab. */
  title: string;
}

// The plugin's types know 3.0; it hands a document on as it is.
const isDocument = (value: object): value is OpenAPIV3.Document =>
  'openapi' in value && 'info' in value && 'paths' in value;

/**
 * /openapi.json, /asyncapi.json and the page /docs, whose files are served from here: it works without a way to the internet.
 * None of them needs a token.
 */
export async function serveDocuments(app: FastifyInstance, documents: Documents): Promise<void> {
  if (!isDocument(documents.openApi)) throw new TypeError('that is no OpenAPI document');
  // Loaded here because only one service of the mesh shows the page.
  const { default: fastifySwagger } = await import('@fastify/swagger');
  const { default: fastifySwaggerUi } = await import('@fastify/swagger-ui');
  const openApi = JSON.stringify(documents.openApi);
  const asyncApi = JSON.stringify(documents.asyncApi);
  app.get('/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(openApi));
  app.get('/asyncapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(asyncApi));
  await app.register(fastifySwagger, { mode: 'static', specification: { document: documents.openApi } });
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    theme: { title: documents.title },
    uiConfig: { deepLinking: true, docExpansion: 'list', persistAuthorization: true, validatorUrl: null },
  });
}
