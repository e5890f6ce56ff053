/**
 * The grants of packages/contracts as calls of `kafka-acls.sh`, a few for each service: every call starts a Java machine, so grants of
 * one user with the same operations go together.
 */
export function aclScript(grants) {
  const calls = new Map();
  const byResource = new Map();
  for (const { user, resource, name, pattern, operation } of grants) {
    const key = JSON.stringify([user, resource, name, pattern]);
    byResource.set(key, [...(byResource.get(key) ?? []), operation]);
  }
  for (const [key, operations] of byResource) {
    const [user, resource, name, pattern] = JSON.parse(key);
    const call = JSON.stringify([user, resource, pattern, operations.sort()]);
    calls.set(call, [...(calls.get(call) ?? []), name]);
  }
  const lines = [...calls].map(([call, names]) => {
    const [user, resource, pattern, operations] = JSON.parse(call);
    return [
      'acls --add',
      `--allow-principal User:${user}`,
      ...operations.map((operation) => `--operation ${operation}`),
      `--resource-pattern-type ${pattern}`,
      ...names.sort().map((name) => `--${resource} ${name}`),
    ].join(' ');
  });
  return `#!/usr/bin/env bash
# Written by infra/kafka/write-acls.mjs from packages/contracts/src/topic-access.ts: change that, and run it again.
# Run as the broker's administrator: who may do what with which topic. Nobody else may do anything.
set -euo pipefail
acls() { "\${KAFKA_HOME:-/opt/kafka}/bin/kafka-acls.sh" --bootstrap-server "\${KAFKA_ADMIN:-localhost:9094}" "$@" > /dev/null; }

${lines.join('\n')}
`;
}
