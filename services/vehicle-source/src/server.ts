import { runSource } from '@hedui/source-kit';
import { vehicleSource } from './definition.js';

await runSource(vehicleSource);
