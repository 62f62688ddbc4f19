// An OPC UA server in a process of its own, to be killed and frozen: `Counter` grows by one every 50 ms, and its history
// outlives the process in a file. Its namespaces are numbered anew at each
// start. Arguments: port, folder.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DataType,
  DataValue,
  LogLevel,
  OPCUACertificateManager,
  OPCUAServer,
  StatusCodes,
  setLogLevel,
} from 'node-opcua';

setLogLevel(LogLevel.Emergency);
const [port, folder] = process.argv.slice(2);
const file = join(folder, 'history.csv');
const starts = join(folder, 'starts');
appendFileSync(starts, 'x');
const certificates = new OPCUACertificateManager({
  rootFolder: join(folder, 'pki'),
  automaticallyAcceptUnknownCertificate: true,
});
const server = new OPCUAServer({
  port: Number(port),
  hostname: '127.0.0.1',
  alternateHostname: ['127.0.0.1'],
  serverCertificateManager: certificates,
  userCertificateManager: certificates,
  allowAnonymous: true,
  serverCapabilities: { minSupportedSampleRate: 0 },
});
await server.initialize();
const { addressSpace } = server.engine;
/** @param {import('node-opcua').Namespace} namespace */
const addCounter = (namespace) =>
  namespace.addVariable({
    organizedBy: addressSpace.rootFolder.objects,
    browseName: 'Counter',
    nodeId: 's=Counter',
    dataType: DataType.Double,
    minimumSamplingInterval: 0,
  });
// Every other start there is one more namespace before ours, with a node of the same name: under the number that ours had
// before, others' values come.
const wrong =
  readFileSync(starts, 'utf8').length % 2 === 0 ? addCounter(addressSpace.registerNamespace('urn:another')) : null;
const counter = addCounter(addressSpace.registerNamespace('urn:historian'));
const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
const timeline = lines.map((line) => {
  const [at, value] = line.split(',').map(Number);
  return sampleOf(at, value);
});
let value = timeline.at(-1)?.value.value ?? 0;
const last = timeline.at(-1);
if (last) counter.setValueFromSource(last.value, StatusCodes.Good, last.sourceTimestamp);
addressSpace.installHistoricalDataNode(counter, {
  historian: {
    push: async (sample) => {
      if (sample.sourceTimestamp > (timeline.at(-1)?.sourceTimestamp ?? 0)) timeline.push(sample);
    },
    extractDataValues: ({ startTime, endTime }, atMost, _isReversed, _reverse, callback) => {
      const within = timeline.filter(({ sourceTimestamp: at }) => at >= startTime && at < endTime);
      callback(null, atMost > 0 ? within.slice(0, atMost) : within);
    },
  },
});
setInterval(() => {
  const at = Date.now();
  value += 1;
  appendFileSync(file, `${at},${value}\n`);
  counter.setValueFromSource({ dataType: DataType.Double, value }, StatusCodes.Good, new Date(at));
  wrong?.setValueFromSource({ dataType: DataType.Double, value: -value }, StatusCodes.Good, new Date(at));
}, 50);
await server.start();

/** @param {number} at @param {number} value */
function sampleOf(at, value) {
  return new DataValue({
    value: { dataType: DataType.Double, value },
    statusCode: StatusCodes.Good,
    sourceTimestamp: new Date(at),
    serverTimestamp: new Date(at),
  });
}
