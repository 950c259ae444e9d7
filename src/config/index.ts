export { checkValue } from './check.js';
export { credentialFile, namesCredential } from './credential.js';
export { loadConfig, readYaml, type Values } from './load.js';
export { jsonSchemaOf, rangeOf, sampleYaml } from './sample.js';
