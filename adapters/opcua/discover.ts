import type { BrowseResult, NodeId, ReferenceDescription } from 'node-opcua';
import type { AskContext, FoundTag } from '../adapter.ts';
import { openConnection, type Session } from './connection.ts';
import { decode } from './decode.ts';
import { explain } from './explain.ts';
import { globPattern } from './glob.ts';
import { type Library, loadLibrary } from './library.ts';
import { readNamespaces, writeNodeId } from './node-ids.ts';
import { chunksOf, readLimits, type ServerLimits } from './server-limits.ts';
import type { Address, Config } from './settings.ts';
import { ucumOf } from './unit-codes.ts';

/** How deep a tree is followed: an address space may lead in circles under ever new names. */
const MAX_DEPTH = 32;
/** How many nodes are looked at; a larger address space wants a narrower glob, or a start further down. */
const MAX_NODES = 200_000;
/** Bounds one answer, and how many answers there may be about one node. */
const REFERENCES_PER_PAGE = 1_000;
const MAX_PAGES = 1_000;

/** ReferenceType, NodeClass and BrowseName (OPC UA Part 4 §5.8.2.2). */
const RESULT_MASK = 1 + 4 + 8;

/** A node on the way down from Objects. */
interface Place {
  readonly nodeId: NodeId;
  readonly name: string;
  readonly kind: 'object' | 'variable';
}

/**
 * Lists the variables below Objects whose path of browse names (`Line 1/Press/Speed`) fits `glob`, with unit, range and
 * present value. Each node comes once, under the shortest way to it. The server's own tree is left out.
 */
export async function* discover(config: Config, glob: string, ctx: AskContext): AsyncIterable<FoundTag<Address>> {
  const library = await loadLibrary();
  const connection = await openConnection({ library, config, ctx });
  try {
    const { session } = connection;
    const limits = await readLimits(library, session);
    const namespaces = await readNamespaces(library, session);
    const pattern = globPattern(glob);
    session.requestedMaxReferencesPerNode = REFERENCES_PER_PAGE;
    for await (const level of browse(library, session, { limits, signal: ctx.signal })) {
      const wanted = level.filter(({ kind, name }) => kind === 'variable' && pattern.test(name));
      for (const chunk of chunksOf(wanted, Math.max(1, Math.floor(Math.min(limits.read, limits.translate) / 2)))) {
        yield* await describe(library, session, { places: chunk, namespaces, now: ctx.clock.now() });
      }
    }
  } catch (error) {
    throw explain(error, config, 'running');
  } finally {
    await connection.close();
  }
}

/** The places below Objects, level by level, each node once. */
async function* browse(
  library: Library,
  session: Session,
  { limits, signal }: { limits: ServerLimits; signal: AbortSignal },
): AsyncIterable<readonly Place[]> {
  const seen = new Set([`ns=0;i=${library.ObjectIds.Server}`]);
  let level: Place[] = [{ nodeId: library.makeNodeId(library.ObjectIds.ObjectsFolder), name: '', kind: 'object' }];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0 && seen.size < MAX_NODES; depth++) {
    const below: Place[] = [];
    for (const chunk of chunksOf(level, limits.browse)) {
      if (signal.aborted) return;
      const found = await childrenOf(library, session, chunk);
      for (const [i, references] of found.entries()) {
        for (const reference of references) {
          const key = reference.nodeId.toString();
          if (seen.has(key) || seen.size >= MAX_NODES) continue;
          seen.add(key);
          below.push(placeOf(library, chunk[i]!.name, reference));
        }
      }
    }
    yield below;
    level = below;
  }
}

/** What each place has below it; continuation points are followed to their end. */
async function childrenOf(
  library: Library,
  session: Session,
  places: readonly Place[],
): Promise<ReferenceDescription[][]> {
  const { BrowseDirection, ReferenceTypeIds, NodeClassMask } = library;
  const results = await session.browse(
    places.map(({ nodeId }) => ({
      nodeId,
      browseDirection: BrowseDirection.Forward,
      referenceTypeId: library.makeNodeId(ReferenceTypeIds.HierarchicalReferences),
      includeSubtypes: true,
      nodeClassMask: NodeClassMask.Object | NodeClassMask.Variable,
      resultMask: RESULT_MASK,
    })),
  );
  return Promise.all(results.map((result) => allReferences(library, session, result)));
}

async function allReferences(library: Library, session: Session, first: BrowseResult): Promise<ReferenceDescription[]> {
  const all: ReferenceDescription[] = [];
  let page = first;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    // Properties (unit, range, …) belong to their variable and are no tags.
    const hasProperty = library.ReferenceTypeIds.HasProperty;
    all.push(...(page.references ?? []).filter(({ referenceTypeId }) => referenceTypeId.value !== hasProperty));
    if (!page.continuationPoint || page.continuationPoint.length === 0) break;
    page = await session.browseNext(page.continuationPoint, false);
  }
  return all;
}

function placeOf(library: Library, above: string, { nodeId, browseName, nodeClass }: ReferenceDescription): Place {
  const own = browseName.name ?? '';
  return {
    nodeId,
    name: above === '' ? own : `${above}/${own}`,
    kind: nodeClass === library.NodeClass.Variable ? 'variable' : 'object',
  };
}

/** Reads value, unit and range of variables. */
async function describe(
  library: Library,
  session: Session,
  { places, namespaces, now }: { places: readonly Place[]; namespaces: readonly string[]; now: number },
): Promise<FoundTag<Address>[]> {
  const properties = await propertiesOf(library, session, places);
  const values = await session.read(places.map(({ nodeId }) => ({ nodeId, attributeId: library.AttributeIds.Value })));
  return places.map(({ nodeId, name }, i): FoundTag<Address> => {
    const { unit = null, range = null } = properties[i] ?? {};
    const data = values[i]!;
    const raw: unknown = data.value.value;
    const { value } = decode(name, data, now);
    return {
      name,
      address: { nodeId: writeNodeId(nodeId, namespaces) },
      unit,
      range,
      value: value ?? (typeof raw === 'string' ? raw : null),
    };
  });
}

interface Properties {
  readonly unit?: string | null;
  readonly range?: readonly [number, number] | null;
}

async function propertiesOf(
  library: Library,
  session: Session,
  places: readonly Place[],
): Promise<readonly Properties[]> {
  const names = ['EngineeringUnits', 'EURange'] as const;
  const paths = places.flatMap(({ nodeId }) => names.map((name) => pathTo(library, nodeId, name)));
  const targets = (await session.translateBrowsePath(paths)).map((result) => result.targets?.[0]?.targetId ?? null);
  const known = targets.flatMap((nodeId) => (nodeId ? [nodeId] : []));
  const values =
    known.length === 0
      ? []
      : await session.read(known.map((nodeId) => ({ nodeId, attributeId: library.AttributeIds.Value })));
  let next = 0;
  const contents = targets.map((nodeId): unknown => (nodeId ? values[next++]?.value.value : null));
  return places.map((_, i) => ({ unit: unitOf(contents[2 * i]), range: rangeOf(contents[2 * i + 1]) }));
}

function pathTo(library: Library, startingNode: NodeId, name: string) {
  return new library.BrowsePath({
    startingNode,
    relativePath: {
      elements: [
        {
          referenceTypeId: library.makeNodeId(library.ReferenceTypeIds.HasProperty),
          isInverse: false,
          includeSubtypes: true,
          targetName: { namespaceIndex: 0, name },
        },
      ],
    },
  });
}

function unitOf(content: unknown): string | null {
  if (typeof content !== 'object' || content === null || !('unitId' in content)) return null;
  const { unitId } = content;
  const namespaceUri =
    'namespaceUri' in content && typeof content.namespaceUri === 'string' ? content.namespaceUri : null;
  return typeof unitId === 'number' ? ucumOf({ namespaceUri, unitId }) : null;
}

function rangeOf(content: unknown): readonly [number, number] | null {
  if (typeof content !== 'object' || content === null || !('low' in content) || !('high' in content)) return null;
  const { low, high } = content;
  return typeof low === 'number' && typeof high === 'number' && low < high ? [low, high] : null;
}
