#!/usr/bin/env bash
# Makes what infra/docker/production/docker-compose.yml reads, for one installation: an authority and a certificate for each service, and a
# password for each user of PostgreSQL, Kafka and Redis. Needs openssl. Nothing that is there is made anew.
#   infra/docker/production/make-secrets.sh FOLDER
set -euo pipefail
umask 077
folder="${1:?say where the secrets go}"
mkdir -p "$folder"
cd "$folder"

sources="tax vehicle housing_fund business_registry civil_affairs"
service_of() { case "$1" in matcher | verification | reporting) echo "$1" ;; *) echo "${1//_/-}-source" ;; esac; }
random() { openssl rand -hex 24; }

if [ ! -f ca.pem ]; then
  openssl ecparam -name prime256v1 -genkey -noout -out ca.key
  openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj "/CN=hedui authority" -out ca.pem \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
fi

certificate() {
  [ -f "$1.pem" ] && return
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -sha256 -days 397 -out "$1.pem" -extfile /dev/stdin <<EOF
basicConstraints=CA:FALSE
keyUsage=digitalSignature
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=DNS:$1,DNS:localhost,IP:127.0.0.1
EOF
  rm "$1.csr"
}

for name in postgres kafka redis gateway identity; do certificate "$name"; done
[ -f kafka.both ] || cat kafka.key kafka.pem > kafka.both
[ -f postgres_password ] || random > postgres_password
[ -f redis_password ] || random > redis_password
[ -f redis_url ] || echo "rediss://:$(cat redis_password)@redis:6379?sslrootcert=/run/secrets/ca" > redis_url
[ -f redis.conf ] || printf 'requirepass %s\nport 0\ntls-port 6379\ntls-cert-file /run/secrets/redis_cert\ntls-key-file /run/secrets/redis_key\ntls-ca-cert-file /run/secrets/ca\ntls-auth-clients no\nsave ""\nappendonly no\nmaxmemory 128mb\nmaxmemory-policy allkeys-lru\n' "$(cat redis_password)" > redis.conf

: > kafka_users.new
database() {
  [ -f "hedui_$1_password" ] || random > "hedui_$1_password"
  echo "postgres://hedui_$1:$(cat "hedui_$1_password")@postgres:5432/hedui_$1?sslmode=verify-full&sslrootcert=/run/secrets/ca" > "hedui_$1_url"
}
database identity
for name in $sources matcher verification reporting; do
  service="$(service_of "$name")"
  certificate "$service"
  database "$name"
  [ -f "kafka_$service" ] || random > "kafka_$service"
  echo "$service $(cat "kafka_$service")" >> kafka_users.new
done
mv kafka_users.new kafka_users
