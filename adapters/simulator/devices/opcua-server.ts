import { join } from 'node:path';
import type { Clock } from '../../../src/model/clock.ts';
import { type Device, LOOPBACK, type Measure } from './device.ts';
import { portError } from './loopback.ts';

/** Namespace of the simulated machines: address them with it, not with an index, which may change. */
export const OPCUA_NAMESPACE = 'urn:millwright:simulated-plant';

/** Path of the endpoint: `opc.tcp://127.0.0.1:<port>/plant`. */
export const OPCUA_PATH = '/plant';

/** The node id of a tag, by namespace URI. */
export function nodeIdOf(tag: string): string {
  return `nsu=${OPCUA_NAMESPACE};s=${tag}`;
}

/**
 * Starts an OPC UA server without security: `Objects/Plant/<asset>/<tag>`, Double, a new value with its own source
 * time every 250 ms. Its certificates (made once, about 1 s) go to a folder below `directory`.
 * The protocol library is loaded only here: it takes 2 s.
 */
export async function startOpcuaServer(options: {
  readonly tags: readonly string[];
  readonly measure: Measure;
  readonly clock: Clock;
  readonly directory: string;
  readonly port?: number;
  readonly updateMs?: number;
}): Promise<Device> {
  const opcua = await import('node-opcua');
  opcua.setLogLevel(opcua.LogLevel.Emergency); // the library writes its warnings to the console otherwise
  const { tags, measure, clock, updateMs = 250 } = options;
  const certificates = new opcua.OPCUACertificateManager({
    rootFolder: join(options.directory, 'opcua-certificates'),
    automaticallyAcceptUnknownCertificate: true, // a simulator on loopback has no secrets
  });
  const server = new opcua.OPCUAServer({
    port: options.port ?? 0,
    host: LOOPBACK,
    hostname: LOOPBACK,
    alternateHostname: [LOOPBACK],
    resourcePath: OPCUA_PATH,
    allowAnonymous: true,
    disableDiscovery: true,
    securityModes: [opcua.MessageSecurityMode.None],
    securityPolicies: [opcua.SecurityPolicy.None],
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    serverInfo: {
      applicationUri: `${OPCUA_NAMESPACE}:server`,
      productUri: OPCUA_NAMESPACE,
      applicationName: { text: 'Simulated plant' },
    },
  });
  await server.initialize();

  const space = server.engine.addressSpace;
  if (space === null) throw new Error('the OPC UA server has no address space');
  const namespace = space.registerNamespace(OPCUA_NAMESPACE);
  const plant = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: 'Plant', nodeId: 's=Plant' });
  const assets = new Map<string, typeof plant>();
  const variables = tags.map((tag) => {
    const asset = tag.slice(0, tag.indexOf('.'));
    const parent =
      assets.get(asset) ?? namespace.addObject({ componentOf: plant, browseName: asset, nodeId: `s=${asset}` });
    assets.set(asset, parent);
    const variable = namespace.addVariable({
      componentOf: parent,
      browseName: tag.slice(asset.length + 1),
      nodeId: `s=${tag}`,
      dataType: opcua.DataType.Double,
      minimumSamplingInterval: 100,
      value: { dataType: opcua.DataType.Double, value: measure(tag) ?? 0 },
    });
    return [tag, variable] as const;
  });

  const stopping = new AbortController();
  const update = async (): Promise<void> => {
    for (let due = clock.now(); !stopping.signal.aborted; ) {
      const at = clock.now();
      for (const [tag, variable] of variables) {
        const value = measure(tag);
        if (value === null) continue;
        variable.setValueFromSource({ dataType: opcua.DataType.Double, value }, opcua.StatusCodes.Good, new Date(at));
      }
      due = Math.max(due + updateMs, at);
      await clock.sleep(due - at, stopping.signal);
    }
  };
  try {
    await server.start();
  } catch (error) {
    await server.shutdown(0);
    throw portError(error, options.port ?? 0);
  }
  const updating = update();

  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await updating;
    await server.shutdown(0);
  };
  return {
    port: server.endpoints[0]?.port ?? 0,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
