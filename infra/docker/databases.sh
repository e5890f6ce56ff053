#!/usr/bin/env bash
# Run once by the postgres image: a database per service, each owned by a user of its own who may enter no other one, and who is nothing
# in the cluster besides. A service's password is the file /run/secrets/<user>_password where there is one, else that of the installation.
set -euo pipefail

run() { psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres "$@"; }
password_of() { if [ -f "/run/secrets/$1_password" ]; then cat "/run/secrets/$1_password"; else printf '%s' "$POSTGRES_PASSWORD"; fi; }

for name in tax vehicle housing_fund business_registry civil_affairs matcher verification reporting identity; do
  run -v name="hedui_$name" -v password="$(password_of "hedui_$name")" <<'SQL'
CREATE ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
ALTER ROLE :"name" SET statement_timeout = '15min';
ALTER ROLE :"name" SET idle_in_transaction_session_timeout = '5min';
SQL
done

# What callers may read, these two read as a role that owns nothing: the service may take it on and may make no role itself.
for name in verification reporting; do
  run -v owner="hedui_$name" -v reader="hedui_${name}_reader" <<'SQL'
CREATE ROLE :"reader" NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT;
GRANT :"reader" TO :"owner" WITH INHERIT FALSE, SET TRUE;
SQL
done
run -c 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC'
