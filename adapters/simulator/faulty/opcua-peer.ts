import type { Server } from 'node:net';
import { join } from 'node:path';
import type { OPCUACertificateManager, OPCUAServer, ServerSession, UAVariable } from 'node-opcua';
import { LOOPBACK } from '../devices/device.ts';
import { patiently, portError } from '../devices/loopback.ts';
import { type FaultPlan, planFaults } from './fault-plan.ts';
import { type FaultyLinks, LINK_FAULTS, watchLinks } from './link-faults.ts';
import type { PeerKind } from './peer.ts';

type Library = typeof import('node-opcua');

const NAMESPACE = 'urn:millwright:simulator';
const OTHER_NAMESPACE = 'urn:millwright:simulator:other';
const APPLICATION_URI = `${NAMESPACE}:server`;
const VARIABLES = 10;
const OCCASION_MS = 1_000;
const AWAY_MS = 2_000;
const PERIOD_MS = 250;
const YEAR_DAYS = 365;
const DAY_MS = 86_400_000;

/** How the server is started the next time. */
interface Setup {
  readonly isShuffled: boolean;
  readonly isExpired: boolean;
}

/** A server that runs. */
interface Running {
  readonly port: number;
  readonly links: FaultyLinks;
  /** `null`: the device behind it has failed, and there is no value. */
  write(count: number | null, at: Date): void;
  /** The sessions of now stay, are answered when they ask for their state, and are told nothing any more. */
  silence(): void;
  stop(): Promise<void>;
}

/** An OPC UA server whose variables count. An occasion for a fault is a second. */
export const opcuaPeer: PeerKind = {
  faults: {
    restart: 'the server is gone for 2 s and has forgotten all sessions',
    'namespace-shuffle': 'the same, and the indices of its namespaces have changed places',
    'silent-session': 'the sessions stay, and get no notification any more',
    'expired-certificate':
      'the server is gone for 2 s and comes back with a certificate that has expired, until the next restart',
    exception: 'the variables are BadDeviceFailure until the next value',
    ...LINK_FAULTS,
  },

  async start(options) {
    const library = await import('node-opcua');
    library.setLogLevel(library.LogLevel.Emergency); // the library writes its warnings to the console otherwise
    const plan = planFaults(options);
    const { clock, periodMs = PERIOD_MS } = options;
    const certificates = await makeCertificates(library, options.directory);
    const stopping = new AbortController();
    let setup: Setup = { isShuffled: false, isExpired: false };
    let server: Running | null = await startServer({ library, certificates, plan, setup, port: options.port });
    const { port } = server;

    const comeBack = async (next: Setup) => {
      setup = next;
      await server?.stop();
      server = null;
      await clock.sleep(AWAY_MS, stopping.signal);
      server = await patiently(() => startServer({ library, certificates, plan, setup, port }), stopping.signal);
    };
    const misbehave = async (fault: string | null) => {
      switch (fault) {
        case 'restart':
          return comeBack({ ...setup, isExpired: false });
        case 'namespace-shuffle':
          return comeBack({ isShuffled: !setup.isShuffled, isExpired: false });
        case 'expired-certificate':
          return comeBack({ ...setup, isExpired: true });
        case 'silent-session':
          return server?.silence();
        case 'exception':
          return server?.write(null, new Date(clock.now()));
        default:
          server?.links.harm(fault);
      }
    };
    const count = async () => {
      for (let n = 1; !stopping.signal.aborted; n++) {
        server?.write(n, new Date(clock.now()));
        await clock.sleep(periodMs, stopping.signal);
      }
    };
    const draw = async () => {
      for (let second = 1; ; second++) {
        await clock.sleep(OCCASION_MS, stopping.signal);
        if (stopping.signal.aborted) return;
        await misbehave(plan.draw(`second ${second}`));
      }
    };
    const loops = [count(), draw()];
    return {
      port,
      serves:
        `OPC UA, opc.tcp://${LOOPBACK}:${port}, security None or Basic256Sha256: nsu=${NAMESPACE};s=v0 to v${VARIABLES - 1}, Double, ` +
        `counting from 1, one more every ${periodMs} ms`,
      stop: async () => {
        stopping.abort();
        await Promise.all(loops);
        await server?.stop();
      },
    };
  },
};

interface Certificates {
  readonly manager: OPCUACertificateManager;
  readonly valid: string;
  readonly expired: string;
}

/** One key, two certificates: one that holds for a year, and one that held for a day of last year. */
async function makeCertificates(library: Library, directory: string): Promise<Certificates> {
  const manager = new library.OPCUACertificateManager({
    rootFolder: join(directory, 'opcua-certificates'),
    automaticallyAcceptUnknownCertificate: true, // a simulator on loopback has no secrets
  });
  await manager.initialize();
  const make = async (name: string, startDate: Date, validity: number) => {
    const outputFile = join(directory, 'opcua-certificates', `${name}.pem`);
    await manager.createSelfSignedCertificate({
      applicationUri: APPLICATION_URI,
      subject: 'CN=Simulator',
      dns: ['localhost'],
      ip: [LOOPBACK],
      startDate,
      validity,
      outputFile,
    });
    return outputFile;
  };
  const yesterday = Date.now() - DAY_MS; // certificates live by the calendar, whatever clock the values have
  return {
    manager,
    valid: await make('valid', new Date(yesterday), YEAR_DAYS),
    expired: await make('expired', new Date(yesterday - YEAR_DAYS * DAY_MS), 1),
  };
}

async function startServer(options: {
  readonly library: Library;
  readonly certificates: Certificates;
  readonly plan: FaultPlan;
  readonly setup: Setup;
  readonly port: number;
}): Promise<Running> {
  const { library, certificates, plan, setup, port } = options;
  const server = new library.OPCUAServer({
    port,
    host: LOOPBACK,
    hostname: LOOPBACK,
    alternateHostname: [LOOPBACK],
    resourcePath: '',
    allowAnonymous: true,
    disableDiscovery: true,
    securityModes: [
      library.MessageSecurityMode.None,
      library.MessageSecurityMode.Sign,
      library.MessageSecurityMode.SignAndEncrypt,
    ],
    securityPolicies: [library.SecurityPolicy.None, library.SecurityPolicy.Basic256Sha256],
    serverCertificateManager: certificates.manager,
    userCertificateManager: certificates.manager,
    certificateFile: setup.isExpired ? certificates.expired : certificates.valid,
    privateKeyFile: certificates.manager.privateKey,
    serverInfo: {
      applicationUri: APPLICATION_URI,
      productUri: NAMESPACE,
      applicationName: { text: 'Simulator' },
    },
  });
  const sessions = new Set<ServerSession>();
  server.on('create_session', (session: ServerSession) => sessions.add(session));
  server.on('session_closed', (session: ServerSession) => sessions.delete(session));
  await server.initialize();
  const variables = addVariables(library, server, setup);
  try {
    await server.start();
  } catch (error) {
    await server.shutdown(0);
    throw portError(error, port);
  }
  const { Double } = library.DataType;
  const { Good, BadDeviceFailure } = library.StatusCodes;
  return {
    port: server.endpoints[0]?.port ?? port,
    links: watchLinks(socketsOf(server), plan),
    write: (count, at) => {
      for (const variable of variables) {
        if (count === null) variable.setValueFromSource({ dataType: Double, value: 0 }, BadDeviceFailure, at);
        else variable.setValueFromSource({ dataType: Double, value: count }, Good, at);
      }
    },
    silence: () => {
      for (const session of sessions) {
        // The library has no way to misbehave: what it answers publish requests with is replaced by nothing.
        (session.publishEngine as unknown as { _on_PublishRequest: () => void })._on_PublishRequest = () => undefined;
      }
    },
    stop: () => server.shutdown(0),
  };
}

/** The library keeps to itself what it listens with; whoever connected before this is called is not watched. */
function socketsOf(server: OPCUAServer): Server {
  const [endpoint] = server.endpoints as unknown as { readonly _server?: Server }[];
  if (endpoint?._server === undefined) throw new Error('the OPC UA server does not listen');
  return endpoint._server;
}

function addVariables(library: Library, server: OPCUAServer, { isShuffled }: Setup): UAVariable[] {
  const space = server.engine.addressSpace;
  if (space === null) throw new Error('the OPC UA server has no address space');
  // The index of a namespace is the order of its registration.
  if (isShuffled) space.registerNamespace(OTHER_NAMESPACE);
  const namespace = space.registerNamespace(NAMESPACE);
  if (!isShuffled) space.registerNamespace(OTHER_NAMESPACE);
  return Array.from({ length: VARIABLES }, (_, i) =>
    namespace.addVariable({
      organizedBy: space.rootFolder.objects,
      browseName: `v${i}`,
      nodeId: `s=v${i}`,
      dataType: library.DataType.Double,
      minimumSamplingInterval: 100,
      value: { dataType: library.DataType.Double, value: 0 },
    }),
  );
}
