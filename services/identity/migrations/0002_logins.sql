-- When somebody logged in: the oldest logins of a person end when there are too many.
ALTER TABLE oidc_state ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
