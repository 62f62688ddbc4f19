import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Every metric there is, declared once. Labels come from the plant file or from a fixed list, never from data. */
export type Metrics = ReturnType<typeof createMetrics>;

/** Makes the metrics of one running service. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'millwright_' });
  return {
    registry,
    ingestReceived: new Counter({
      name: 'ingest_readings_received_total',
      help: 'Readings that arrived.',
      labelNames: ['source'],
      registers,
    }),
    ingestAccepted: new Counter({
      name: 'ingest_readings_accepted_total',
      help: 'Readings that are durable in the readings log.',
      labelNames: ['source'],
      registers,
    }),
    ingestDiscarded: new Counter({
      name: 'ingest_readings_discarded_total',
      help: 'Readings that go no further, by reason.',
      labelNames: ['source', 'reason'],
      registers,
    }),
    ingestRestamped: new Counter({
      name: 'ingest_readings_restamped_total',
      help: 'Readings that got another time than their source gave, as its `clock` setting says.',
      labelNames: ['source'],
      registers,
    }),
    ingestInFlight: new Gauge({
      name: 'ingest_readings_in_flight',
      help: 'Readings that wait for the disk.',
      labelNames: ['source'],
      registers,
    }),
    eventsAccepted: new Counter({
      name: 'ingest_events_accepted_total',
      help: 'What sources said of their own alarms and is durable in the readings log.',
      labelNames: ['source'],
      registers,
    }),
    eventsDiscarded: new Counter({
      name: 'ingest_events_discarded_total',
      help: 'What sources said of their own alarms and goes no further, by reason.',
      labelNames: ['source', 'reason'],
      registers,
    }),
    assetHealth: new Gauge({
      name: 'asset_health_ratio',
      help: 'Health of an asset, 0 to 1; absent while it is not known.',
      labelNames: ['asset'],
      registers,
    }),
    assetHealthConfidence: new Gauge({
      name: 'asset_health_confidence_ratio',
      help: 'Share of the rules on an asset that hear what they judge.',
      labelNames: ['asset'],
      registers,
    }),
    capturesReceived: new Counter({
      name: 'ingest_captures_received_total',
      help: 'Waveforms and thermal frames that arrived.',
      labelNames: ['source', 'kind'],
      registers,
    }),
    capturesAccepted: new Counter({
      name: 'ingest_captures_accepted_total',
      help: 'Waveforms and thermal frames that are durable in the readings log.',
      labelNames: ['source', 'kind'],
      registers,
    }),
    capturesDiscarded: new Counter({
      name: 'ingest_captures_discarded_total',
      help: 'Waveforms and thermal frames that go no further, by reason.',
      labelNames: ['source', 'kind', 'reason'],
      registers,
    }),
    featureCaptures: new Counter({
      name: 'features_captures_total',
      help: 'Waveforms and thermal frames of measuring points that became readings (`read`), or none, by reason.',
      labelNames: ['point', 'outcome'],
      registers,
    }),
    featureLagBytes: new Gauge({
      name: 'features_lag_bytes',
      help: 'How far the features of captures are behind the end of the readings log.',
      registers,
    }),
    sourceFailures: new Counter({
      name: 'source_failures_total',
      help: 'Times the link of a source broke or could not be made.',
      labelNames: ['source', 'code'],
      registers,
    }),
    sourceUp: new Gauge({
      name: 'source_up',
      help: '1 while the link of a source is there.',
      labelNames: ['source'],
      registers,
    }),
    sourceClockSkew: new Gauge({
      name: 'source_clock_skew_seconds',
      help: 'How far the clock of a source with `clock: correct` is ahead: median over its last deliveries.',
      labelNames: ['source'],
      registers,
    }),
    logBytes: new Gauge({ name: 'log_bytes', help: 'Bytes in the readings log that are not released yet.', registers }),
    logAtStart: new Gauge({
      name: 'log_readings_at_start',
      help: 'Readings that an earlier run left in the readings log for the database.',
      registers,
    }),
    logWaiting: new Gauge({
      name: 'log_readings_waiting',
      help: 'Readings in the readings log that are not in the database yet.',
      registers,
    }),
    logLost: new Counter({
      name: 'log_readings_lost_total',
      help: 'Readings of this run that were in a damaged part of the readings log.',
      registers,
    }),
    logDamaged: new Counter({
      name: 'log_damaged_bytes_total',
      help: 'Bytes of the readings log that were damaged and skipped.',
      registers,
    }),
    writerStored: new Counter({
      name: 'writer_readings_stored_total',
      help: 'Readings committed to the database.',
      registers,
    }),
    writerDuplicates: new Counter({
      name: 'writer_readings_duplicate_total',
      help: 'Readings that were in the database already.',
      registers,
    }),
    writerConflicts: new Counter({
      name: 'writer_readings_conflict_total',
      help: 'Readings whose tag has another value at the same time.',
      registers,
    }),
    writerQuarantined: new Counter({
      name: 'writer_readings_quarantined_total',
      help: 'Readings that were accepted and that the database will never take; they are in the table quarantine.',
      registers,
    }),
    writerCaptures: new Counter({
      name: 'writer_captures_total',
      help: 'Waveforms and thermal frames that the writer has dealt with: stored, duplicate, conflict or quarantined.',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    writerFailures: new Counter({
      name: 'writer_failures_total',
      help: 'Attempts to store readings that failed and are repeated.',
      registers,
    }),
    writerOutages: new Counter({
      name: 'writer_outages_total',
      help: 'Times the database stopped taking readings, however many attempts failed until it took them again.',
      registers,
    }),
    writerLagBytes: new Gauge({
      name: 'writer_lag_bytes',
      help: 'Bytes of the readings log that are not in the database yet.',
      registers,
    }),
    rollupFailures: new Counter({
      name: 'rollup_failures_total',
      help: 'Steps of making minute, hour and day rollups that failed and are tried again.',
      registers,
    }),
    diskUsed: new Gauge({
      name: 'disk_used_ratio',
      help: 'How full a disk of this machine is, 0 to 1, by what it holds.',
      labelNames: ['holds'],
      registers,
    }),
    ledgerOpen: new Gauge({
      name: 'ledger_gaps_open',
      help: 'Gaps of which something is still missing.',
      labelNames: ['source'],
      registers,
    }),
    ledgerOpened: new Counter({
      name: 'ledger_gaps_opened_total',
      help: 'Times data that was due was found missing, by reason.',
      labelNames: ['source', 'reason'],
      registers,
    }),
    ledgerClosed: new Counter({
      name: 'ledger_gaps_closed_total',
      help: 'Gaps of which all data came later.',
      labelNames: ['source'],
      registers,
    }),
    ledgerUntracked: new Counter({
      name: 'ledger_gaps_untracked_total',
      help: 'Gaps that are not listed because too many are open.',
      labelNames: ['source'],
      registers,
    }),
    ledgerLagBytes: new Gauge({
      name: 'ledger_lag_bytes',
      help: 'Bytes of the readings log that were not examined for gaps yet.',
      registers,
    }),
    engineLagBytes: new Gauge({
      name: 'engine_lag_bytes',
      help: 'Bytes of the readings log that the engine has not seen yet.',
      registers,
    }),
    engineLate: new Counter({
      name: 'engine_readings_late_total',
      help: 'Readings stored and not evaluated: older than what was evaluated already, or history.',
      registers,
    }),
    engineTransitions: new Counter({
      name: 'engine_transitions_total',
      help: 'Alert transitions, by effect.',
      labelNames: ['effect'],
      registers,
    }),
    alertsWaiting: new Gauge({
      name: 'alert_transitions_waiting',
      help: 'Alert transitions that the database has not taken yet; they are in the alert journal.',
      registers,
    }),
    engineRefused: new Counter({
      name: 'engine_transitions_refused_total',
      help: 'Transitions that the database will never take.',
      registers,
    }),
    derivedFailed: new Counter({
      name: 'derived_readings_failed_total',
      help: 'Readings of derived tags that may be missing as taking them in failed; the service log says why.',
      registers,
    }),
    engineParked: new Gauge({
      name: 'engine_rules_parked',
      help: 'Rules that failed and are switched off.',
      registers,
    }),
    deliveryAttempts: new Counter({
      name: 'delivery_attempts_total',
      help: 'Attempts to deliver a message, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    quotaRefusals: new Counter({
      name: 'http_quota_refusals_total',
      help: 'Pushes answered with 429, by which limit of their key was reached: readings or bytes.',
      labelNames: ['limit'],
      registers,
    }),
    httpRequests: new Histogram({
      name: 'http_request_seconds',
      help: 'HTTP requests by route and status class.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2],
      registers,
    }),
  };
}
