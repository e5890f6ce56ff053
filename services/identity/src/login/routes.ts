import type { Readable } from 'node:stream';
import { HeduiError } from '@hedui/errors';
import { takeBody, withRawBody } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { originOf, type Page, pageHeaders, pageHtml } from '../pages/html.js';
import { errorPage, type LoginTrouble, loginPage, newPasswordPage } from '../pages/login.js';
import type { Gate } from '../passwords/gate.js';
import type { Guessable } from '../passwords/guessable.js';
import { MOUNT } from '../provider/addresses.js';
import type { Issuer } from '../provider/issuer.js';
import { forProvider, handOver } from '../provider/mount.js';
import { attemptLogin } from './attempt.js';

const FORM_BYTES = 8 * 1024;

async function readForm(body: Readable): Promise<URLSearchParams> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body) {
    const bytes = Buffer.from(piece);
    size += bytes.length;
    if (size > FORM_BYTES) throw new HeduiError('BODY_TOO_LARGE');
    pieces.push(bytes);
  }
  return new URLSearchParams(Buffer.concat(pieces).toString('utf8'));
}

/** A browser says where a form was sent from: from another site it is not read. Without the header the cookie's SameSite holds. */
function fromElsewhere(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

function statusOf(trouble: LoginTrouble | null): number {
  if (trouble?.kind === 'wait') return 429;
  if (trouble?.kind === 'busy') return 503;
  return trouble ? 400 : 200;
}

export interface LoginDeps {
  pool: Pool;
  gate: Gate;
  guessable: Guessable;
  issuer: () => Issuer;
  issuerUrl: URL;
}

/** The page on which people log in, for every flow that needs a person. */
export function addLogin(app: FastifyInstance, deps: LoginDeps): void {
  const { issuer, issuerUrl } = deps;
  const url = `${MOUNT}/interaction/:uid`;
  const config = { access: 'open' as const };

  const show = (reply: FastifyReply, page: Page, formsTo: string, trouble: LoginTrouble | null = null) => {
    const wait = trouble?.kind === 'wait' ? trouble.seconds : trouble?.kind === 'busy' ? 5 : null;
    return reply
      .code(statusOf(trouble))
      .headers({ ...pageHeaders(formsTo), ...(wait === null ? {} : { 'retry-after': String(wait) }) })
      .send(pageHtml(page));
  };

  const lost = (reply: FastifyReply) =>
    reply
      .code(400)
      .headers(pageHeaders())
      .send(pageHtml(errorPage('session_not_found')));

  /** What the person was sent here for; null when it has ended, or belongs to another browser. */
  async function begun(request: FastifyRequest, reply: FastifyReply) {
    const { provider } = issuer();
    try {
      const interaction = await provider.interactionDetails(forProvider(request, issuerUrl), reply.raw);
      const client = await provider.Client.find(String(interaction.params.client_id));
      return {
        provider,
        action: `${MOUNT}/interaction/${interaction.uid}`,
        client: client?.clientName ?? client?.clientId ?? '',
        formsTo: originOf(interaction.params.redirect_uri),
      };
    } catch (error) {
      if (error instanceof Error && error.name === 'SessionNotFound') return null;
      throw error;
    }
  }

  withRawBody(app, (scope) => {
    scope.get(url, { config }, async (request, reply) => {
      const at = await begun(request, reply);
      if (!at) return lost(reply);
      return show(reply, loginPage(at.action, at.client), at.formsTo);
    });
    scope.post(url, { config }, async (request, reply) => {
      const { ip } = request;
      if (fromElsewhere(request)) throw new HeduiError('FORBIDDEN');
      const form = await readForm(takeBody(request.raw));
      const at = await begun(request, reply);
      if (!at) return lost(reply);
      const login = form.get('login') ?? '';
      const fresh = form.get('fresh');
      const outcome = await attemptLogin(deps, {
        login,
        password: form.get('password') ?? '',
        address: ip,
        correlationId: request.id,
        fresh: fresh === null ? null : { password: fresh, again: form.get('again') ?? '' },
      });
      if (!outcome.entered) {
        const { mustChange, trouble } = outcome;
        const page = mustChange
          ? newPasswordPage(at.action, login, trouble)
          : loginPage(at.action, at.client, login, trouble);
        return show(reply, page, at.formsTo, trouble);
      }
      const result = { login: { accountId: outcome.accountId, amr: ['pwd'] } };
      const raw = handOver(reply);
      await at.provider.interactionFinished(request.raw, raw, result, { mergeWithLastSubmission: false });
      return reply;
    });
  });
}
