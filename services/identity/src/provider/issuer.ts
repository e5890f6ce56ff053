import './url-parse.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@hedui/logging';
import { Provider } from 'oidc-provider';
import type { SigningKeys } from '../keys/signing-keys.js';
import { secretMatches } from './client-metadata.js';
import { type ProviderSettings, providerConfiguration } from './configuration.js';

/** The OpenID provider with the keys of the moment. */
export interface Issuer {
  provider: Provider;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** `url`: the issuer as tokens name it. The provider is made anew when the keys change: all else that it knows lies in PostgreSQL. */
export function createIssuer(url: string, keys: SigningKeys, settings: ProviderSettings, logger: Logger): () => Issuer {
  let version = '';
  let issuer: Issuer | null = null;

  function make(): Issuer {
    const provider = new Provider(url, providerConfiguration(settings, keys.current()));
    // Host and scheme are settled before a request comes here, see mount.ts.
    provider.proxy = true;
    Object.defineProperty(provider.Client.prototype, 'compareClientSecret', {
      value(this: { clientSecret?: string }, actual: string) {
        return secretMatches(actual, this.clientSecret);
      },
    });
    // The provider lets scripts of every site read keys and tokens; here no other site has a program.
    provider.use(async (ctx, next) => {
      await next();
      for (const name of Object.keys(ctx.response.headers)) if (name.startsWith('access-control-')) ctx.remove(name);
    });
    provider.on('server_error', (_ctx, error) => logger.error({ err: error }, 'the provider failed'));
    const callback = provider.callback();
    return { provider, handle: (request, response) => callback(request, response) };
  }

  return () => {
    const now = keys.current().version;
    if (issuer === null || now !== version) {
      issuer = make();
      version = now;
    }
    return issuer;
  };
}
