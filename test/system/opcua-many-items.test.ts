import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { StatusCode } from '../../src/model/status-code.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { queryDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { startPeer } from '../kit/peer.ts';
import { startTestService } from '../kit/service.ts';
import { countRows } from '../kit/stored-rows.ts';
import { waitFor } from '../kit/wait.ts';

const SERVER = join(import.meta.dirname, '../kit/opcua-many.js');
const VARIABLES = 20_000;
/** As in the server. */
const ROUND = 100_000;
const CHANGES = 2;

const plantOf = (port: number) => `
plant: many-items
timezone: UTC
adapters:
  line: { kind: opcua, url: "opc.tcp://127.0.0.1:${port}", sampling: 0ms }
assets:
  many:
    tags:
${Array.from({ length: VARIABLES }, (_, i) => `      v${i}: { from: line, address: { nodeId: "nsu=urn:many;s=V${i}" } }`).join('\n')}
  odd:
    tags:
      missing: { from: line, address: { nodeId: "nsu=urn:many;s=Nowhere" } }
      burst: { from: line, address: { nodeId: "nsu=urn:many;s=Burst" } }
`;

it('20,000 items are taken in pieces; each value of each arrives, and what is wrong with one harms only that one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-opcua-many-'));
  try {
    const port = await freePort();
    await using server = startPeer(process.execPath, [SERVER, String(port), folder, String(VARIABLES)]);
    // The first start makes an RSA key, which takes half a minute on a machine that is busy.
    await server.untilListening(port).catch(() => server.untilListening(port));
    await using service = await startTestService(plantOf(port));
    for (let round = 0; round <= CHANGES; round++) {
      if (round > 0) server.signal('SIGUSR2');
      const wanted = VARIABLES * (round + 1);
      const arrived = async () => (await countRows(service.databaseUrl, 'many.')) >= wanted;
      await waitFor(`${wanted} values`, arrived);
    }
    const stored = await valuesOf(service.databaseUrl);
    expect(stored).toHaveLength(VARIABLES);
    const wrong = stored.filter(({ tag, values, bad }) => {
      const number = Number(tag.slice('many.v'.length));
      return bad > 0 || values.join() !== [number, ROUND + number, 2 * ROUND + number].join();
    });
    expect(wrong).toEqual([]);
    const missing = await queryDatabase<{ value: number | null; code: number }>(
      service.databaseUrl,
      "select r.value, r.code from reading r join tag t on t.id = r.tag_id where t.name = 'odd.missing'",
    );
    expect(missing).toEqual([{ value: null, code: StatusCode.badNodeIdUnknown | 0 }]);
    const source = await waitFor('what the source says of the burst', async () => {
      const { body } = await service.call('GET', '/api/v1/sources');
      return body.items.find(({ diagnosis }: { diagnosis: string }) => diagnosis.includes('odd.burst'));
    });
    expect(source.diagnosis).toMatch(/odd\.burst.*values dropped before they were fetched/);
    expect(source.counts.failures).toBeGreaterThan(0);
    await waitFor('nothing on its way', async () => (await scrapeConservation(service.url)).complaints.length === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The values of each variable by time, and how many of them are not good. */
function valuesOf(databaseUrl: string) {
  return queryDatabase<{ tag: string; values: number[]; bad: number }>(
    databaseUrl,
    `select t.name as tag, array_agg(r.value order by r.at) as values,
            (count(*) filter (where r.quality <> 0))::int as bad
       from reading r join tag t on t.id = r.tag_id where starts_with(t.name, 'many.') group by t.name`,
  );
}
