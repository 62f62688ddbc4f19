import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrowseNextRequest, DataType, LogLevel, setLogLevel } from 'node-opcua';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { globPattern } from './glob.ts';
import { opcua } from './index.ts';
import { configOf, type Plant, startPlant, URI } from './testbench.ts';
import { ucumOf } from './unit-codes.ts';

let plant: Plant;
let directory: string;

beforeAll(async () => {
  setLogLevel(LogLevel.Emergency);
  directory = await mkdtemp(join(tmpdir(), 'millwright-opcua-discover-'));
  plant = await startPlant({
    serverCapabilities: {
      minSupportedSampleRate: 0,
      operationLimits: { maxNodesPerBrowse: 3, maxNodesPerRead: 10, maxNodesPerTranslateBrowsePathsToNodeIds: 4 },
    },
  });
  plant.addAnalog('Level', { low: 0, high: 200 });
  const { namespace } = plant;
  const line = namespace.addObject({
    organizedBy: plant.server.engine.addressSpace!.rootFolder.objects,
    browseName: 'Line 1',
  });
  const press = namespace.addObject({ componentOf: line, browseName: 'Press' });
  press.addReference({ referenceType: 'Organizes', nodeId: line.nodeId }); // a circle
  for (let i = 0; i < 1_500; i++) {
    namespace.addVariable({
      componentOf: press,
      browseName: `Sensor ${i}`,
      nodeId: `s=S;${i}`,
      dataType: DataType.Double,
      value: { dataType: DataType.Double, value: i },
    });
  }
});
afterAll(async () => {
  await plant.stop();
  await rm(directory, { recursive: true });
});

async function find(glob: string) {
  const ctx = { clock: systemClock, signal: new AbortController().signal, directory };
  const found = [];
  for await (const tag of opcua.discover!(configOf(plant.url), glob, ctx)) found.push(tag);
  return found;
}

describe('discover', () => {
  test('finds a variable with unit, range and value, by an address that survives a restart', async () => {
    expect(await find('level')).toEqual([
      { name: 'Level', address: { nodeId: `nsu=${URI};s=Level` }, unit: 'bar', range: [0, 200], value: 0 },
    ]);
    expect(await find('Name')).toMatchObject([{ name: 'Name', unit: null, range: null, value: 'press' }]);
  });

  test('follows a tree to its end, across continuation points and past circles, each node once', async () => {
    let continued = 0;
    const count = (request: object) => {
      if (request instanceof BrowseNextRequest) continued++;
    };
    plant.server.on('request', count);
    const found = await find('Line 1/**');
    plant.server.off('request', count);
    expect(continued).toBeGreaterThan(0);
    expect(found).toHaveLength(1_500);
    expect(new Set(found.map(({ name }) => name)).size).toBe(1_500);
    expect(found).toContainEqual({
      name: 'Line 1/Press/Sensor 7',
      address: { nodeId: `nsu=${URI};s=S;7` },
      unit: null,
      range: null,
      value: 7,
    });
  });

  test('leaves the server’s own tree and the properties of variables out', async () => {
    const names = (await find('**')).map(({ name }) => name);
    expect(names.filter((name) => /^Server\b|EURange|EngineeringUnits/.test(name))).toEqual([]);
    expect(names).toContain('Speed');
  });
});

describe('a glob', () => {
  test.each([
    ['*', 'Speed', true],
    ['*', 'Line/Speed', false],
    ['**', 'Line/Press/Speed', true],
    ['**/Speed', 'Speed', true],
    ['**/Speed', 'Line/Press/Speed', true],
    ['Line ?/*', 'line 1/Speed', true],
    ['a.b', 'axb', false],
    ['S[1]', 'S[1]', true],
  ])('%s of %s: %s', (glob, name, fits) => expect(globPattern(glob).test(name)).toBe(fits));
});

test.each([
  [4_408_652, 'Cel'],
  [4_342_098, 'bar'],
  [5_394_509, '/min'],
  [4_732_000, null],
])('unit %d is %s', (unitId, ucum) => {
  expect(ucumOf({ namespaceUri: 'http://www.opcfoundation.org/UA/units/un/cefact', unitId })).toBe(ucum);
  expect(ucumOf({ namespaceUri: 'urn:own', unitId })).toBeNull();
});
