// A Sparkplug edge node that keeps what it measures on disk and sends it again as history after an outage. A program of its
// own, on another encoder than ours, so that it can be killed. node edge-node.js URL FOLDER HOST_ID
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import sparkplug from 'sparkplug-payload';

const [url, folder, hostId] = process.argv.slice(2);
const PERIOD_MS = 100;
/** With QoS 0 nobody says what arrived: what is younger than the host's absence and so much more is sent again. */
const OVERLAP_MS = 15_000;
const DEVICES = ['press', 'lathe'];

const { encodePayload, decodePayload } = sparkplug.get('spBv1.0');
const ledger = join(folder, 'ledger.ndjson');
const sessions = join(folder, 'bdSeq');
const bdSeq = existsSync(sessions) ? (Number(readFileSync(sessions, 'utf8')) + 1) % 256 : 0;
writeFileSync(sessions, String(bdSeq));

const lines = existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n').slice(0, -1) : [];
const past = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'value');
let counter = Math.floor((past.at(-1)?.value ?? 0) / 10);
let seq = 0;
let isHostOnline = false;
let awaySince = Date.now();

const topic = (type, device) =>
  ['spBv1.0', 'system', type, 'edge', ...(device === undefined ? [] : [device])].join('/');
const bdSeqMetric = () => ({ name: 'bdSeq', type: 'UInt64', value: bdSeq, timestamp: Date.now() });
const client = mqtt.connect(url, {
  clientId: 'edge',
  clean: true,
  keepalive: 2,
  reconnectPeriod: 200,
  connectTimeout: 2_000,
  queueQoSZero: false,
  will: {
    topic: topic('NDEATH'),
    payload: Buffer.from(encodePayload({ timestamp: Date.now(), metrics: [bdSeqMetric()] })),
    qos: 1,
    retain: false,
  },
});

function publish(type, payload, device) {
  const numbered = { timestamp: Date.now(), seq, ...payload };
  client.publish(topic(type, device), Buffer.from(encodePayload(numbered)), { qos: 0 }, () => undefined);
  seq = (seq + 1) % 256;
}

const metricOf = ({ value, at }, more = {}) => ({ type: 'Int32', value, timestamp: at, ...more });

function bear() {
  seq = 0;
  const at = Date.now();
  appendFileSync(ledger, `${JSON.stringify({ kind: 'birth', at })}\n`);
  const rebirth = { name: 'Node Control/Rebirth', type: 'Boolean', value: false, timestamp: at };
  publish('NBIRTH', { timestamp: at, metrics: [bdSeqMetric(), rebirth] });
  for (const [i, device] of DEVICES.entries()) {
    const last = past.findLast((each) => each.device === device) ?? { value: 0, at };
    publish('DBIRTH', { timestamp: at, metrics: [metricOf(last, { name: 'count', alias: i + 1 })] }, device);
  }
}

function sendHistory() {
  const since = awaySince - OVERLAP_MS;
  for (const [i, device] of DEVICES.entries()) {
    const missed = past.filter((each) => each.device === device && each.at >= since);
    for (let first = 0; first < missed.length; first += 200) {
      const metrics = missed
        .slice(first, first + 200)
        .map((each) => metricOf(each, { alias: i + 1, isHistorical: true }));
      publish('DDATA', { metrics }, device);
    }
  }
}

function hostIs(online) {
  if (online === isHostOnline) return;
  isHostOnline = online;
  if (!online) {
    awaySince = Date.now();
    return;
  }
  bear();
  sendHistory();
}

client.on('error', () => undefined); // refused while the broker is away: it dials again
client.on('connect', () => client.subscribe([topic('NCMD'), `spBv1.0/STATE/${hostId}`], { qos: 1 }));
client.on('close', () => hostIs(false));
client.on('message', (received, payload) => {
  if (received.startsWith('spBv1.0/STATE/')) hostIs(JSON.parse(payload.toString()).online);
  else if (decodePayload(payload).metrics.some(({ name, value }) => name === 'Node Control/Rebirth' && value)) bear();
});

setInterval(() => {
  counter += 1;
  for (const [i, device] of DEVICES.entries()) {
    const each = { kind: 'value', device, value: counter * 10 + i, at: Date.now() };
    appendFileSync(ledger, `${JSON.stringify(each)}\n`); // on disk before anybody hears of it
    past.push(each);
    if (isHostOnline && client.connected) publish('DDATA', { metrics: [metricOf(each, { alias: i + 1 })] }, device);
  }
}, PERIOD_MS);
