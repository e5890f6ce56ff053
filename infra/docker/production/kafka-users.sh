#!/usr/bin/env bash
# Run once by the broker's administrator at each start: users with their passwords, then what each may do.
set -euo pipefail
while read -r name password; do
  /opt/kafka/bin/kafka-configs.sh --bootstrap-server localhost:9094 --alter --entity-type users --entity-name "$name" \
    --add-config "SCRAM-SHA-512=[password=$password]" > /dev/null
done < /run/secrets/kafka_users
bash /hedui/acls.sh
