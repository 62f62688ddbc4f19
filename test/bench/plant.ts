/** A plant file for pushed readings, and with a broker for those it delivers, as the generators name them. */
export function plantOf(options: { readonly brokerUrl?: string } = {}): string {
  const sensors = `
  sensors:
    kind: mqtt
    url: ${options.brokerUrl}
    adopt: auto
    adoptLimit: 20000
    protocol: 5
    inFlight: 2000
    map:
      - { topic: plant/+area/+asset/+tag, value: $.value, time: $.ts, timeUnit: ms }
      - { topic: plant/+area/+asset, each: $.readings, tag: $.point, value: $.value, time: $.ts }`;
  return `
plant: bench
timezone: UTC
adapters:
  push: { kind: http, adopt: auto, adoptLimit: 20000 }${options.brokerUrl === undefined ? '' : sensors}
`;
}

/**
 * The broker as it must be for speed without loss: Mosquitto's own bounds are 20 messages in flight and 1,000 waiting,
 * and what comes above is thrown away.
 */
export const BROKER_LINES = [
  'allow_anonymous true',
  'persistence false',
  'max_inflight_messages 2000',
  'max_queued_messages 0',
  'max_queued_bytes 0',
  'set_tcp_nodelay true',
  'log_type error',
] as const;
