import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram, startProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { OPEN62541, startOpen62541 } from '../kit/open62541.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const TYPES = ['Boolean', 'SByte', 'Byte', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Int64', 'UInt64', 'Float', 'Double'];
const directory = mkdtempSync(join(tmpdir(), 'millwright-open62541-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function plantFile(url: string): string {
  const tags = TYPES.map(
    (name) => `      ${name.toLowerCase()}: { from: line, address: { nodeId: "ns=1;s=${name}", sampling: 20ms } }`,
  );
  return `
plant: open62541
timezone: UTC
adapters:
  line: { kind: opcua, url: "${url}", publish: 100ms, trigger: timestamp }
assets:
  press:
    name: Press
    tags:
${tags.join('\n')}
`;
}

describe.runIf(mustRun(OPEN62541, 'an OPC UA server that is not node-opcua (.ci/debian13, as root)'))(
  'open62541',
  () => {
    it('is read without a wrong value in every numeric type, before and after it was killed', async () => {
      await using server = await startOpen62541(100);
      const file = join(directory, 'plant.yaml');
      writeFileSync(file, plantFile(server.url));
      const databaseUrl = await createDatabase();
      const service = startProgram(['run', '--plant', file, '--port', '0', '--data', join(directory, 'data')], {
        DATABASE_URL: databaseUrl,
        LOG_LEVEL: 'warn',
      });
      try {
        await service.until(/is at (http:\S+)\n/);
        const rowsAfter = async (at: number) => (await goodRows(databaseUrl)).filter((row) => row.at > at);
        const isWellRead = async (since: number) => (await rowsAfter(since)).length > TYPES.length * 30;
        await waitFor('values of the first life', () => isWellRead(0));
        const killedAt = Date.now();
        await server.restart(2_000);
        await waitFor('values of the second life', () => isWellRead(killedAt));
        const stored = await goodRows(databaseUrl);
        await sleep(500); // what the server tells of what it served comes through a pipe
        const served = new Map(server.served().map(({ name, at, value }) => [`${name.toLowerCase()} @ ${at}`, value]));
        const firstServed = Math.min(...server.served().map(({ at }) => at));
        const secondServed = Math.min(...server.served().flatMap(({ at }) => (at > killedAt ? [at] : [])));
        // Before its first tick a server gives the value it began with, which is not on its list.
        const rows = stored.filter(({ at }) => at >= firstServed && (at < killedAt || at >= secondServed));
        const wrong = rows.filter(({ name, at, value }) => served.get(`${name} @ ${at}`) !== value);
        expect(wrong).toEqual([]);
        for (const name of TYPES)
          expect(rows.filter((row) => row.name === name.toLowerCase()).length).toBeGreaterThan(50);
        expect(holes(rows, served)).toEqual([]);
      } finally {
        await service.end('SIGTERM');
      }
    });

    it('has its address space listed', async () => {
      await using server = await startOpen62541(1);
      const file = join(directory, 'discover.yaml');
      writeFileSync(file, plantFile(server.url));
      const args = ['--plant', file, '--source', 'line', '--data', join(directory, 'data')];
      const { code, output } = await runProgram(['discover', '*Int*', ...args]);
      expect(output).toMatch(/^UInt16 +\d+ +– +– +\{"nodeId":"nsu=\S+;s=UInt16"\}$/m);
      expect(output).toMatch(/^6 found/m);
      expect(code).toBe(0);
    });
  },
);

interface Row {
  readonly name: string;
  readonly at: number;
  readonly value: number;
}

async function goodRows(databaseUrl: string): Promise<Row[]> {
  return queryDatabase<Row & Record<string, unknown>>(
    databaseUrl,
    `select replace(t.name, 'press.', '') as name, (extract(epoch from r.at) * 1000)::float8 as at, r.value
       from reading r join tag t on t.id = r.tag_id where r.quality = 0 order by r.at`,
  );
}

/** What was served between two stored values of one life and is not stored: the server must have sampled it. */
function holes(rows: readonly Row[], served: ReadonlyMap<string, number>): string[] {
  const stored = new Set(rows.map(({ name, at }) => `${name} @ ${at}`));
  const doubles = [...served.keys()].filter((key) => key.startsWith('double @'));
  const times = doubles.map((key) => Number(key.split(' @ ')[1])).toSorted((a, b) => a - b);
  const storedTimes = times.filter((at) => stored.has(`double @ ${at}`));
  const jumps = storedTimes.slice(1).map((at, i) => at - storedTimes[i]!);
  const outage = Math.max(...jumps);
  const [before, after] = [storedTimes[jumps.indexOf(outage)]!, storedTimes[jumps.indexOf(outage) + 1]!];
  const inside = times.filter((at) => at > storedTimes[0]! && at < storedTimes.at(-1)! && !(at > before && at < after));
  return inside.filter((at) => !stored.has(`double @ ${at}`)).map((at) => `double @ ${at}`);
}
