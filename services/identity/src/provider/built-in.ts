import type { ClientMetadata } from 'oidc-provider';

/** Ids that no system may have: what is built in, and what would be taken for something else. */
export const RESERVED_ID = /^(?:hedui|user|local|trial|system)(?:-|$)/;

/** The command line: a public client of people, which proves nothing but that it holds the code. */
export const CLI_CLIENT = 'hedui-cli';

/** Clients that every installation has. */
export const BUILT_IN: ClientMetadata[] = [
  {
    client_id: CLI_CLIENT,
    client_name: '核对命令行 / hedui command line',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'authorization_code', 'refresh_token'],
    response_types: ['code'],
    // Any port of the loopback address (RFC 8252).
    redirect_uris: ['http://127.0.0.1/callback'],
  },
];
