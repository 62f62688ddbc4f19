import { createMetrics } from '../../dist/src/telemetry/metrics.js';
import { table } from './markdown.js';

/** Writes the page that lists every metric of the service. */
export async function metricsPage() {
  const metrics = await createMetrics().registry.getMetricsAsArray();
  const ours = metrics.filter(({ name }) => !name.startsWith('millwright_'));
  const rows = ours.map(({ name, type, labelNames, help }) => [
    `\`${name}\``,
    type,
    labelNames.map((label) => `\`${label}\``).join(', ') || '–',
    help,
  ]);
  return `# Metrics

\`GET /metrics\` answers in the Prometheus text format. From the machine itself it needs no key, from any other one it needs
\`Authorization: Bearer <key>\`. This page is written from the program; labels come from the plant file or from a fixed list,
never from readings.

${table(['metric', 'type', 'labels', 'meaning'], rows)}

Beside these there are the usual ones of a Node program (CPU, memory, event loop, garbage collection), whose names begin with
\`millwright_process_\` and \`millwright_nodejs_\`.

Nothing is dropped in silence: two equations hold in every scrape, and [operations.md](operations.md#every-reading-is-somewhere) says what
their terms mean.

- Of every source: \`ingest_readings_received_total\` = \`ingest_readings_accepted_total\` + \`ingest_readings_discarded_total\` (all reasons) +
  \`ingest_readings_in_flight\`.
- Of the line: \`log_readings_at_start\` + \`ingest_readings_accepted_total\` (all sources) = \`writer_readings_stored_total\` +
  \`writer_readings_duplicate_total\` + \`writer_readings_conflict_total\` + \`writer_readings_quarantined_total\` +
  \`log_readings_waiting\` + \`log_readings_lost_total\`.

What to watch, and why, is in [operations.md](operations.md#what-to-watch).
`;
}
