import { buildSourceApp, type SourceApp, type SourceAppConfig, type SourceAppParts } from '@hedui/source-kit';
import { businessRegistrySource } from './definition.js';

export { businessRegistrySource } from './definition.js';

/** The service, not listening and not yet working: see source-kit, app.ts. */
export function buildApp(config: SourceAppConfig, parts: SourceAppParts): Promise<SourceApp> {
  return buildSourceApp(businessRegistrySource, config, parts);
}
