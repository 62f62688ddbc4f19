import type { DataValue, StatusCode as OpcUaStatus } from 'node-opcua';
import { sayCount } from '../../src/model/count-words.ts';
import {
  type AskContext,
  type Binding,
  type ProbedTag,
  type ProbeOptions,
  type ProbeReport,
  StatusCode,
} from '../adapter.ts';
import { type Connection, openConnection, type Session } from './connection.ts';
import { decode } from './decode.ts';
import { explain } from './explain.ts';
import { type Library, loadLibrary } from './library.ts';
import { parseNodeId, readNamespaces } from './node-ids.ts';
import { ownCertificate } from './own-certificate.ts';
import { describeCertificate } from './server-certificate.ts';
import { chunksOf, readLimits } from './server-limits.ts';
import { said, saidAll } from './server-text.ts';
import type { Address, Config } from './settings.ts';

const DAY_MS = 86_400_000;

/** Reads each variable once, after trusting the certificate a person said to trust. */
export async function probe(
  config: Config,
  bindings: readonly Binding<Address>[],
  options: ProbeOptions,
  ctx: AskContext,
): Promise<ProbeReport> {
  const library = await loadLibrary();
  const trust = options.trust === undefined ? {} : { trust: options.trust };
  const connection = await openConnection({ library, config, ctx, ...trust });
  try {
    const asking = ask(library, { connection, config, bindings, ctx });
    asking.catch(() => undefined); // after the connection broke it fails in its own time
    return await Promise.race([asking, connection.lost]);
  } catch (error) {
    throw explain(error, config, 'running');
  } finally {
    await connection.close();
  }
}

interface Question {
  readonly connection: Connection;
  readonly config: Config;
  readonly bindings: readonly Binding<Address>[];
  readonly ctx: AskContext;
}

async function ask(library: Library, { connection, config, bindings, ctx }: Question): Promise<ProbeReport> {
  const { session, certificate, password } = connection;
  const namespaces = await readNamespaces(library, session);
  const limits = await readLimits(library, session);
  const nodes = bindings.map((binding) => ({
    binding,
    nodeId: parseNodeId(library, binding.address.nodeId, namespaces),
  }));
  const known = nodes.flatMap(({ binding, nodeId }) => (nodeId ? [{ binding, nodeId }] : []));
  const values = new Map<string, DataValue>();
  for (const chunk of chunksOf(known, limits.read)) {
    const answers = await session.read(
      chunk.map(({ nodeId }) => ({ nodeId, attributeId: library.AttributeIds.Value })),
    );
    chunk.forEach(({ binding }, i) => {
      if (answers[i]) values.set(binding.tag, answers[i]);
    });
  }
  const tags = nodes.map(({ binding, nodeId }) =>
    nodeId ? judge(binding, values.get(binding.tag), ctx) : unresolved(binding, namespaces),
  );
  const own = await ownCertificate(library, ctx.directory);
  const notes = [
    await describeServer(library, session, ctx),
    certificate
      ? `${config.security}, the server shows ${describeCertificate(certificate)}, trusted`
      : 'no security: messages are readable and can be changed on their way',
    ...(password === 'not sent' ? [] : [`the password is sent ${password}`]),
    `our own certificate is ${own.thumbprint}, expires in ${sayCount(Math.floor((own.expiresAt - ctx.clock.now()) / DAY_MS), 'day')}`,
    `${sayCount(bindings.length, 'variable')}: ${sayCount(Math.ceil(bindings.length / limits.items), 'request')} to subscribe, then one publish at a time`,
  ];
  return { tags, notes };
}

async function describeServer(library: Library, session: Session, ctx: AskContext): Promise<string> {
  const { VariableIds, AttributeIds } = library;
  const [product, version, time] = await session.read(
    [
      VariableIds.Server_ServerStatus_BuildInfo_ProductName,
      VariableIds.Server_ServerStatus_BuildInfo_SoftwareVersion,
      VariableIds.Server_ServerStatus_CurrentTime,
    ].map((id) => ({ nodeId: library.makeNodeId(id), attributeId: AttributeIds.Value })),
  );
  const now: unknown = time?.value.value;
  const skewMs = now instanceof Date ? now.getTime() - ctx.clock.now() : null;
  const words = skewMs === null ? 'does not tell its time' : `its clock is ${describeSkew(skewMs)}`;
  return said(`${product?.value.value ?? 'a server'} ${version?.value.value ?? ''}`)
    .trim()
    .concat(`, ${words}`);
}

/** A difference between the server's clock and ours, in words. */
export function describeSkew(skewMs: number): string {
  if (Math.abs(skewMs) < 1_000) return 'right';
  return `${(Math.abs(skewMs) / 1_000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} ours`;
}

function judge({ tag }: Binding<Address>, data: DataValue | undefined, ctx: AskContext): ProbedTag {
  if (data === undefined) return { tag, reading: null, problem: 'the server gave no answer for it' };
  const reading = decode(tag, data, ctx.clock.now());
  const status = data.statusCode;
  if (status.value === 0 && reading.quality === 'good') return { tag, reading, problem: null };
  return { tag, reading, problem: describeStatus(status, reading.code) };
}

function describeStatus(said: OpcUaStatus, ours: number | undefined): string {
  if (said.value === StatusCode.badNodeIdUnknown) {
    return `${said.name}: the server has no such node; check the spelling, and prefer nsu= to ns=`;
  }
  if (said.value !== 0) return `${said.name}: said by the server`;
  switch (ours) {
    case StatusCode.badConfigurationError:
      return 'it is neither a single number nor a text (an array or a structure)';
    case StatusCode.badSensorFailure:
      return 'its value is not finite';
    default:
      return 'an integer beyond 2^53: only its nearest number can be held';
  }
}

function unresolved({ tag, address }: Binding<Address>, namespaces: readonly string[]): ProbedTag {
  const problem = `${address.nodeId} names no namespace of this server; it has: ${saidAll(namespaces)}`;
  return { tag, reading: null, problem };
}
