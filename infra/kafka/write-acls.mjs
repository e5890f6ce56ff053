/** Writes acls.sh anew: node infra/kafka/write-acls.mjs (after npm run build). */
import { writeFileSync } from 'node:fs';
import { topicGrants } from '@hedui/contracts';
import { aclScript } from './acl-lines.mjs';

writeFileSync(new URL('acls.sh', import.meta.url), aclScript(topicGrants()), { mode: 0o755 });
