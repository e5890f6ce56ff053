import { runSource } from '@hedui/source-kit';
import { businessRegistrySource } from './definition.js';

await runSource(businessRegistrySource);
