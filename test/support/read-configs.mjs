/** What halabd makes of many configurations: `read-configs.mjs OUTPUT CONFIG_ID FILE...`; needs the build. */
import { writeFileSync } from 'node:fs';
import { load, testConfig } from '../../dist/daemon/load.js';

const [output, configId, ...files] = process.argv.slice(2);
const read = files.map((file) => [
  file,
  {
    code: testConfig(file, { configId, namespace: undefined, strict: false }),
    config: load(file, configId).config,
  },
]);
writeFileSync(output, JSON.stringify(Object.fromEntries(read)));
