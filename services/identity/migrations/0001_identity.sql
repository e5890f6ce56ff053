-- Users, systems, signing keys, failed logins, and what the OpenID provider keeps between two requests.

CREATE TABLE app_user (
  id text PRIMARY KEY,
  -- chosen by the administrator; not a person's name
  login text NOT NULL UNIQUE,
  -- parameters, salt and hash; see passwords/hash.ts
  password text NOT NULL,
  must_change_password boolean NOT NULL DEFAULT true,
  roles text[] NOT NULL,
  regions text[] NOT NULL,
  purposes text[] NOT NULL,
  sources text[] NOT NULL,
  department text,
  disabled boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_login_at timestamptz
);

CREATE TABLE system_client (
  id text PRIMARY KEY,
  -- SHA-256 of a random secret, or null
  secret_hash text,
  -- public keys of private_key_jwt, or null
  jwks jsonb,
  roles text[] NOT NULL,
  regions text[] NOT NULL,
  purposes text[] NOT NULL,
  sources text[] NOT NULL,
  department text,
  disabled boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((secret_hash IS NULL) <> (jwks IS NULL))
);

CREATE TABLE signing_key (
  kid text PRIMARY KEY,
  -- the private JWK, sealed; its context is the kid
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  signs_from timestamptz NOT NULL
);

-- Keys are hashes: somebody may type a password where the login belongs.
CREATE TABLE login_attempt (
  kind text NOT NULL CHECK (kind IN ('account', 'address')),
  key text NOT NULL,
  failures int NOT NULL,
  last_at timestamptz NOT NULL,
  -- before this time no further attempt is looked at
  open_at timestamptz NOT NULL,
  PRIMARY KEY (kind, key)
);
CREATE INDEX login_attempt_last ON login_attempt (last_at);

-- Sessions, grants, codes and tokens of the provider. Codes and refresh tokens stand under a hash of their value.
CREATE TABLE oidc_state (
  model text NOT NULL,
  id text NOT NULL,
  payload jsonb NOT NULL,
  grant_id text,
  user_code text,
  uid text,
  account_id text,
  client_id text,
  expires_at timestamptz,
  consumed_at timestamptz,
  PRIMARY KEY (model, id)
);
CREATE INDEX oidc_state_grant ON oidc_state (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX oidc_state_account ON oidc_state (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX oidc_state_client ON oidc_state (client_id) WHERE client_id IS NOT NULL;
CREATE UNIQUE INDEX oidc_state_user_code ON oidc_state (user_code) WHERE user_code IS NOT NULL;
CREATE INDEX oidc_state_uid ON oidc_state (model, uid) WHERE uid IS NOT NULL;
CREATE INDEX oidc_state_expiry ON oidc_state (expires_at);
