export { checkValue } from './check.js';
export { loadConfig, readYaml, type Values } from './load.js';
export { nearestName } from './nearest.js';
export { jsonSchemaOf, rangeOf, sampleYaml } from './sample.js';
