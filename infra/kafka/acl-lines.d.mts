import type { TopicGrant } from '@hedui/contracts';
export declare function aclScript(grants: readonly TopicGrant[]): string;
