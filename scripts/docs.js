// Writes the reference pages, the schemas and the console's types from the built program. Runs after the build.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adapters } from '../dist/adapters/index.js';
import { detectors } from '../dist/rules/index.js';
import { DerivedSection } from '../dist/src/config/derived-section.js';
import { JobSection } from '../dist/src/config/jobs.js';
import { FrameSection, WaveformSection } from '../dist/src/config/points.js';
import { plantSchema } from '../dist/src/config/schema.js';
import * as sections from '../dist/src/config/sections.js';
import { apiTypes } from './docs/api-types.js';
import { fillMarkers } from './docs/markdown.js';
import { metricsPage } from './docs/metrics-page.js';
import { openApi } from './docs/open-api.js';
import { settingsTable } from './docs/settings-table.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (file) => readFileSync(join(root, file), 'utf8');
const write = (file, text) => writeFileSync(join(root, file), text);
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

const document = await openApi(JSON.parse(read('package.json')).version);
write('docs/openapi.json', json(document));
write('src/console/api.generated.ts', apiTypes(document));
write('docs/plant.schema.json', json(plantSchema(adapters, detectors)));
write('docs/metrics.md', await metricsPage());

for (const { kind, config, address } of adapters) {
  // What is pushed is named in every reading: its address has no settings.
  const folder = kind === 'sparkplug' ? 'mqtt/sparkplug' : kind;
  fill(`adapters/${folder}/README.md`, kind === 'http' ? { config } : { config, address });
}

fill('docs/rules.md', Object.fromEntries(detectors.map(({ kind, config }) => [kind, config])));
fill('docs/plant-file.md', {
  plant: only(sections.PlantSection, ['plant', 'timezone', 'allowPrivateWebhookTargets']),
  adapter: withWords(sections.SourceSection, 'kind', adapters),
  asset: only(sections.AssetSection, ['name', 'parent', 'class', 'pack', 'criticality']),
  tag: sections.TagSection,
  derived: DerivedSection,
  waveforms: WaveformSection,
  frames: FrameSection,
  rule: withWords(sections.RuleSection, 'detect', detectors),
  jobs: JobSection,
  notify: sections.EndpointSection,
  'first-out': sections.PlantSection.properties.firstOut,
  retention: sections.PlantSection.properties.retention,
  log: sections.PlantSection.properties.log,
});

function fill(file, schemas) {
  const tables = Object.entries(schemas).map(([name, schema]) => [name, settingsTable(schema)]);
  write(file, fillMarkers(read(file), Object.fromEntries(tables), file));
}

/** A schema with some of its settings: the rest has a table of its own. */
function only(schema, names) {
  return { ...schema, properties: Object.fromEntries(names.map((name) => [name, schema.properties[name]])) };
}

/** A schema one of whose settings is the word for one of `modules`. */
function withWords(schema, name, modules) {
  const setting = { ...schema.properties[name], enum: modules.map(({ kind }) => kind) };
  return { ...schema, properties: { ...schema.properties, [name]: setting } };
}
