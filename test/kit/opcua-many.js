// An OPC UA server in a process of its own: `V0`, `V1`, … all change at SIGUSR2, to round × 100000 + number of the variable,
// and `Burst` changes more often at once than the queue of an item holds. It takes few items in a request.
// Arguments: port, folder, number of variables.
import { join } from 'node:path';
import { DataType, LogLevel, OPCUACertificateManager, OPCUAServer, StatusCodes, setLogLevel } from 'node-opcua';

const ROUND = 100_000;
const BURST = 2_500;
const MOST_ITEMS_A_REQUEST = 700;

setLogLevel(LogLevel.Emergency);
const [port, folder, count] = process.argv.slice(2);
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
  serverCapabilities: {
    minSupportedSampleRate: 0,
    maxMonitoredItems: 100_000,
    maxMonitoredItemsPerSubscription: 100_000,
    operationLimits: { maxMonitoredItemsPerCall: MOST_ITEMS_A_REQUEST },
  },
});
await server.initialize();
const { addressSpace } = server.engine;
const namespace = addressSpace.registerNamespace('urn:many');
/** @param {string} name */
const add = (name) =>
  namespace.addVariable({
    organizedBy: addressSpace.rootFolder.objects,
    browseName: name,
    nodeId: `s=${name}`,
    dataType: DataType.Double,
    minimumSamplingInterval: 0,
  });
const variables = Array.from({ length: Number(count) }, (_, i) => add(`V${i}`));
const burst = add('Burst');
burst.setValueFromSource({ dataType: DataType.Double, value: 0 });
let round = 0;
/** @param {number} burstOf */
const change = (burstOf) => {
  const now = Date.now();
  const at = new Date(now);
  for (const [i, variable] of variables.entries()) {
    variable.setValueFromSource({ dataType: DataType.Double, value: round * ROUND + i }, StatusCodes.Good, at);
  }
  for (let i = 0; i < burstOf; i++) {
    burst.setValueFromSource({ dataType: DataType.Double, value: i }, StatusCodes.Good, new Date(now - burstOf + i));
  }
  round++;
};
change(0);
process.on('SIGUSR2', () => change(BURST));
await server.start();
