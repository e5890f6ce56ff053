#!/usr/bin/env bash
# Run once by the postgres image: a database per service, each owned by a user of its own who may enter no other one.
set -euo pipefail

for name in tax vehicle housing_fund business_registry civil_affairs matcher verification reporting; do
  psql -v ON_ERROR_STOP=1 -v name="hedui_$name" -v password="$POSTGRES_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE :"name" LOGIN NOSUPERUSER PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
