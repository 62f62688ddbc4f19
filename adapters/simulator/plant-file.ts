import { WAVEFORM_ADDRESS } from './devices/accelerometer-node.ts';
import { MODBUS_UNIT, registerOf } from './devices/modbus-device.ts';
import { topicOf } from './devices/mqtt-sensors.ts';
import { nodeIdOf, OPCUA_PATH } from './devices/opcua-server.ts';
import { ACCELEROMETER } from './model/accelerometer.ts';
import {
  FLATLINE_MS,
  FLATLINE_RULE,
  LIMIT_RULES,
  LINK_ALERT_MS,
  type LimitRule,
  OFF_DELAY_MS,
  ON_DELAY_MS,
  STALE_MS,
  STALE_RULE,
} from './model/limits.ts';
import { MACHINES, type Machine, SIGNALS, type Signal, type SourceId } from './model/machines.ts';
import { CAMERA } from './model/thermal-camera.ts';

/** Asset of the hall: the area in every MQTT topic. */
export const AREA = 'hall';

/** The tags that one source of the simulated plant delivers, in the order of its register map. */
export function tagsOf(source: SourceId): readonly string[] {
  return SIGNALS.filter((signal) => signal.source === source).map((signal) => signal.tag);
}

/** Units of the tags that the plant file does not have: their sensors say them. */
export function unitsOfUnknown(): ReadonlyMap<string, string> {
  return new Map(SIGNALS.filter(({ known }) => known !== 'file').map(({ tag, unit }) => [tag, unit]));
}

/** Writes the `plant.yaml` that connects to a running simulated plant, with comments for the reader. */
export function writePlantFile(options: {
  readonly seed: number;
  readonly ports: { readonly modbus: number; readonly opcua: number; readonly mqtt: number; readonly receiver: number };
  /** File with the secret of the webhook. */
  readonly secretFile: string;
}): string {
  const { seed, ports, secretFile } = options;
  return `# The simulated plant, seed ${seed}: four machines that get ill on purpose.
# This file was written for you when the plant started; the ports are the ones it found free.
# Copy it and change it: a plant of your own looks just like this.
plant: simulated-works
timezone: UTC

# Where readings come from. \`alertAfter\`: how long a link may be down before people are told.
adapters:
  hall-plc: { kind: modbus, host: 127.0.0.1, port: ${ports.modbus}, poll: 500ms, timeout: 1s, alertAfter: ${seconds(LINK_ALERT_MS)} }
  line-ua: { kind: opcua, url: "opc.tcp://127.0.0.1:${ports.opcua}${OPCUA_PATH}", security: none, publish: 500ms, alertAfter: ${seconds(LINK_ALERT_MS)} }
  sensors:
    kind: mqtt
    url: mqtt://127.0.0.1:${ports.mqtt}
    adopt: auto # a sensor nobody configured appears by itself: see hall.ambient-temperature
    alertAfter: ${seconds(LINK_ALERT_MS)}
    map:
      - { topic: plant/+area/+asset/+tag, value: $.value, time: $.ts, timeUnit: ms, unit: $.unit }
  # a thermal camera before the control panel; no protocol of its own, it runs inside the service
  camera: { kind: simulator, seed: ${seed} }
  # anything you like, over HTTP: POST /api/v1/readings
  push: { kind: http, adopt: auto }

assets:
  works: { name: Simulated works }
  ${AREA}: { name: Hall 1, parent: works }
${MACHINES.map(assetOf).join('\n')}
${panel()}

# Where vibration is recorded as a waveform, once a minute; what is known of the machine there makes it say which part is damaged.
waveforms:
  pump-1-drive-end: { on: ${ACCELEROMETER.tag}, unit: ${ACCELEROMETER.unit}, speed: pump-1.speed, bearing: ${ACCELEROMETER.bearing} }

# Which parts of the thermal picture are watched: a terminal of each phase.
frames:
  ${CAMERA.asset}: { on: ${CAMERA.asset}.${CAMERA.signal}, regions: { ${CAMERA.regions.map(region).join(', ')} } }

rules:
  # Machines. The vibration limits are the usual zone limits for large machines, after ISO 10816-3 (B/C and C/D).
${LIMIT_RULES.map(limitRule).join('\n')}
  # The bearing, from its waveforms: part, severity, evidence. Two of them must agree. The shaft is judged too: \`class: pump\` brings that.
  ${ACCELEROMETER.rule}:
    on: ${ACCELEROMETER.tag}
    detect: bearing
    with: { group: "1" }
    priority: high
    workOrder: { failureMode: VIB }

  # The terminal of L2 against that of L1, which has the same load: its class at full load.
  ${CAMERA.rule}:
    on: [${['l2', 'l1'].map((name) => `${CAMERA.asset}.${CAMERA.signal}.${name}.max`).join(', ')}, ${CAMERA.asset}.${CAMERA.load}]
    detect: thermal
    onDelay: ${seconds(ON_DELAY_MS)}
    offDelay: ${seconds(OFF_DELAY_MS)}
    priority: medium
    workOrder: { failureMode: OHE }

  # Instruments. A sensor that repeats one value exactly is stuck; one that says nothing is dead.
  ${FLATLINE_RULE}:
    on:${list(known().filter(isNoisy))}
    detect: flatline
    with: { for: ${seconds(FLATLINE_MS)}, tolerance: 0 }
    priority: low
    workOrder: { failureMode: AIR }
  ${STALE_RULE}:
    on:${list(known())}
    detect: stale
    with: { after: ${seconds(STALE_MS)} }
    priority: medium
    workOrder: { failureMode: AIR }

# Who is told: the maintenance system of the plant, played by a small receiver that checks every signature.
notify:
  cmms: { kind: webhook, url: "http://127.0.0.1:${ports.receiver}/hooks", secretFile: ${JSON.stringify(secretFile)} }
allowPrivateWebhookTargets: ["127.0.0.1/32"] # everything private is refused otherwise

retention: { readings: 400d, rollups: 10y, waveforms: 90d, compressAfter: 7d }
`;
}

function panel(): string {
  const { asset, name, signal, load } = CAMERA;
  return `  ${asset}:
    name: ${name}
    parent: ${AREA}
    criticality: B
    tags:
      ${signal}: { unit: Cel, from: camera, address: { machine: ${asset}, signal: ${signal} } }
      ${load}: { unit: "%", range: [0, 120], from: camera, address: { machine: ${asset}, signal: ${load} } }`;
}

function region({ name, x, y, width, height }: (typeof CAMERA.regions)[number]): string {
  return `${name}: { x: ${x}, y: ${y}, width: ${width}, height: ${height} }`;
}

function assetOf(machine: Machine): string {
  const tags: readonly WrittenTag[] = [
    ...known()
      .filter((signal) => signal.asset === machine.id)
      .map((signal): WrittenTag => [signal.signal, tagOf(signal)]),
    ...recordedOf(machine),
  ];
  const width = Math.max(...tags.map(([name]) => name.length)) + 1;
  return `  ${machine.id}:
    name: ${machine.name}
    parent: ${AREA}
    class: ${machine.class}
    criticality: ${machine.criticality}
    tags:
${tags.map(([name, written]) => `      ${`${name}:`.padEnd(width)} ${written}`).join('\n')}`;
}

type WrittenTag = readonly [name: string, written: string];

function recordedOf({ id }: Machine): readonly WrittenTag[] {
  const { tag, unit, source } = ACCELEROMETER;
  const [asset, name = ''] = tag.split('.');
  return asset === id ? [[name, `{ unit: ${unit}, from: ${source}, address: ${WAVEFORM_ADDRESS} }`]] : [];
}

function tagOf({ tag, unit, range, source }: Signal): string {
  const written = unit === '%' ? '"%"' : unit;
  return `{ unit: ${written}, range: [${range.join(', ')}], from: ${source}, address: ${addressOf(tag, source)} }`;
}

function addressOf(tag: string, source: SourceId): string {
  switch (source) {
    case 'hall-plc':
      return `{ unitId: ${MODBUS_UNIT}, table: holding, register: ${registerOf(tagsOf(source), tag)}, type: float32, order: ABCD }`;
    case 'line-ua':
      return `{ nodeId: "${nodeIdOf(tag)}" }`;
    case 'sensors':
      return `{ topic: ${topicOf(AREA, tag)}, value: $.value, time: $.ts }`;
  }
}

function limitRule(rule: LimitRule): string {
  const { id, tag, high, highHigh, deadband, minSpeed, priority, failureMode } = rule;
  const asset = tag.slice(0, tag.indexOf('.'));
  const when = minSpeed === null ? '' : `\n    when: tag("${asset}.speed") > ${minSpeed.toFixed(1)}`;
  return `  ${id}:
    on: ${tag}
    detect: limit
    with: { high: ${high}, highHigh: ${highHigh}, deadband: ${deadband} }${when}
    onDelay: ${seconds(ON_DELAY_MS)}
    offDelay: ${seconds(OFF_DELAY_MS)}
    priority: ${priority}
    workOrder: { failureMode: ${failureMode} }`;
}

function known(): readonly Signal[] {
  return SIGNALS.filter((signal) => signal.known === 'file');
}

/** Speed and load are exactly 0 while a machine stands still, which is no fault. */
function isNoisy({ signal }: Signal): boolean {
  return signal !== 'speed' && signal !== 'load';
}

function list(signals: readonly Signal[]): string {
  return `\n${signals.map(({ tag }) => `      - ${tag}`).join('\n')}`;
}

function seconds(ms: number): string {
  return `${ms / 1_000}s`;
}
