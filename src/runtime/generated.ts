import { jsonSchemaOf, sampleYaml } from '../config/index.js';
import { RESULT_CODES } from '../core/index.js';
import { commandSchema } from '../publish/index.js';
import { featuresPage } from './features-page.js';
import { MANIFEST } from './manifest.js';
import { packSchema } from './pack-schema.js';
import { threatsPage } from './threats-page.js';

/** Files of the package that are generated from code: path from the project root → text. `npm run generate` writes them, a test holds them equal. */
export function generatedFiles(): Record<string, string> {
  return {
    'config/schema/baseline-pack.schema.json': `${JSON.stringify(packSchema(), null, 2)}\n`,
    'docs/features.md': featuresPage(),
    'docs/threats.md': threatsPage(),
    'config/wardwire.yaml': sampleYaml(MANIFEST),
    'config/schema/command.schema.json': `${JSON.stringify(commandSchema(RESULT_CODES), null, 2)}\n`,
    'config/schema/wardwire.schema.json': `${JSON.stringify(jsonSchemaOf(MANIFEST), null, 2)}\n`,
  };
}
