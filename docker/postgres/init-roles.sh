#!/bin/sh
# Run by the postgres image when its volume is new: the role that owns the tables, and the role of web and workers, which
# owns nothing. The migrations open the tables to it one by one.
set -eu

psql --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres \
  --set=owner_password="$OWNER_PASSWORD" --set=app_password="$APP_PASSWORD" <<'SQL'
CREATE ROLE meterbook_owner LOGIN CREATEDB PASSWORD :'owner_password';
CREATE ROLE meterbook_app LOGIN PASSWORD :'app_password';
CREATE DATABASE meterbook OWNER meterbook_owner;
REVOKE ALL ON DATABASE meterbook FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE meterbook TO meterbook_app;
SQL
