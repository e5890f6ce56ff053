export { buildSourceApp, type SourceApp, type SourceAppConfig, type SourceAppParts } from './app.js';
export { type SourceConfig, sourceConfigSchema } from './config.js';
export { type OpenedRecord, openRecord } from './db/evidence.js';
export {
  type BlindField,
  DefinitionError,
  defineSource,
  type PersonColumns,
  type RecordTypeDefinition,
  type SourceDefinition,
} from './definition.js';
export type { KeyFiles, SourceEngine } from './engine.js';
export { runSource } from './run.js';
