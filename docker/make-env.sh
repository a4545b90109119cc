#!/bin/sh
# Makes the secrets of a docker-compose installation: 256 random bits each, in .env beside docker-compose.yml, readable by
# you alone. Does nothing when the file is there: the databases were made with what it holds.
set -eu
cd "$(dirname "$0")/.."

if [ -e .env ]; then
  echo ".env is there already; nothing changed" >&2
  exit 0
fi

umask 077
{
  for name in POSTGRES_SUPERUSER_PASSWORD POSTGRES_OWNER_PASSWORD POSTGRES_APP_PASSWORD CLICKHOUSE_PASSWORD REDIS_PASSWORD AUTH_SECRET; do
    printf '%s=%s\n' "$name" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
  done
} >.env.new
mv .env.new .env
echo "made .env"
