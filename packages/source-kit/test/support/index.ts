/** For the tests of the definitions: not part of what a service runs. */
export { csv } from './csv.js';
export { goldenRows } from './golden.js';
export { hardCityRejects } from './hard-city.js';
export { type Person, person } from './people.js';
export { pseudonyms, type SourceUnderTest, startSource } from './source.js';
