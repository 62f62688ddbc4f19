import type { DataValue } from 'node-opcua';

/** One value of a variable, as a server gave it. */
export interface HeardValue {
  readonly nodeId: string;
  /** Source timestamp. */
  readonly at: number;
  readonly value: number;
}

/** A client that has subscribed to variables and writes down what it is told. */
export interface OpcuaListener extends AsyncDisposable {
  readonly heard: readonly HeardValue[];
}

/** Subscribes with the library's own subscription machinery, of which the adapter uses nothing. */
export async function listenToOpcua(
  url: string,
  nodeIds: readonly string[],
  times: { readonly publishMs: number; readonly samplingMs: number },
): Promise<OpcuaListener> {
  // Told at once, before it has looked around and printed what it thinks of this Node.
  const library = await import('node-opcua');
  library.setLogLevel(library.LogLevel.Emergency);
  const { AttributeIds, InMemoryCertificateKeyPairProvider, OPCUAClient, TimestampsToReturn } = library;
  const certificateKeyPairProvider = new InMemoryCertificateKeyPairProvider();
  const applicationUri = 'urn:millwright:test-listener';
  await certificateKeyPairProvider.ensureCertificateExists({
    applicationUri,
    subject: 'CN=Listener',
    dns: ['localhost'],
  });
  const client = OPCUAClient.create({
    applicationName: 'listener',
    applicationUri,
    certificateKeyPairProvider,
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 1 },
  });
  await client.connect(url);
  const session = await client.createSession();
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: times.publishMs,
    requestedMaxKeepAliveCount: 10,
    requestedLifetimeCount: 600,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  const heard: HeardValue[] = [];
  const group = await subscription.monitorItems(
    nodeIds.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
    { samplingInterval: times.samplingMs, queueSize: 100, discardOldest: true },
    TimestampsToReturn.Both,
  );
  group.on('changed', (_item: unknown, { sourceTimestamp, value }: DataValue, index: number) => {
    heard.push({ nodeId: nodeIds[index]!, at: sourceTimestamp!.getTime(), value: value.value });
  });
  return {
    heard,
    [Symbol.asyncDispose]: async () => {
      await subscription.terminate();
      await session.close();
      await client.disconnect();
    },
  };
}
