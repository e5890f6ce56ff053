import type { Bilingual } from '@hedui/contracts';
import { z } from 'zod';
import type { StoredPolicy } from '../db/policies.js';

const titleSchema = z.object({ title: z.object({ zh: z.string(), en: z.string() }).optional() });

/** A policy's own title; its id where the document has none. */
export function titleOf(policy: Pick<StoredPolicy, 'id' | 'canonical'>): Bilingual {
  return titleSchema.parse(JSON.parse(policy.canonical)).title ?? { zh: policy.id, en: policy.id };
}
