import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../kit/free-port.ts';
import type { Figure } from './figure.ts';
import { median, say } from './statistics.ts';

const VARIABLES = 10_000;
const HZ = 1;
const PER_ASSET = 10;
const ONE_CORE_PERCENT = 100;

/** What a steady 10,000 readings a second over OPC UA cost. */
export const opcua: Figure = {
  name: 'opcua',
  about: `${VARIABLES} OPC UA variables that change at ${HZ} Hz, subscribed to, every value stored: CPU of the service, as a share of one core, scaled to ${VARIABLES * HZ} readings/s when the server is slower.`,

  async measure(bench) {
    const [port, control] = [await freePort(), await freePort()];
    const server = bench.keep(
      bench.tools.start('opcua-sim', {
        port,
        'control-port': control,
        vars: VARIABLES,
        hz: HZ,
        'per-asset': PER_ASSET,
      }),
    );
    await server.untilListening(port);
    const names = Array.from({ length: VARIABLES }, (_, i) => bench.tools.scheme.pointName(i, PER_ASSET));
    const database = await bench.database();
    const service = await bench.service(plantOf(`opc.tcp://127.0.0.1:${port}/UA/Plant`, names), database);
    await service.untilStored(3 * VARIABLES);
    const shares: number[] = [];
    const rates: number[] = [];
    const servers: { readonly changes: number; readonly share: number }[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      const before = await statsOf(control);
      const [cpu, stored, startedAt] = [service.cpuSeconds(), await service.stored(), performance.now()];
      await sleep(bench.seconds(20) * 1_000);
      const seconds = (performance.now() - startedAt) / 1_000;
      rates.push(((await service.stored()) - stored) / seconds);
      // A server that falls behind on a busy machine must not make the service look cheap.
      const wanted = VARIABLES * HZ;
      shares.push(((service.cpuSeconds() - cpu) / seconds) * ONE_CORE_PERCENT * (wanted / rates.at(-1)!));
      const after = await statsOf(control);
      servers.push({
        changes: (after.changes - before.changes) / seconds,
        share: ((after.cpu_s - before.cpu_s) / seconds) * ONE_CORE_PERCENT,
      });
      bench.say(`round ${round + 1}: ${say(shares.at(-1)!)} % of a core, ${say(rates.at(-1)!)} readings/s`);
    }
    return [
      {
        figure: `service CPU, ${say(VARIABLES)} OPC UA variables at ${HZ} Hz`,
        unit: '% of a core',
        value: median(shares),
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 10 },
        note:
          `all threads, writer included, scaled to ${say(VARIABLES * HZ)} readings/s from ${say(median(rates))} stored of ${say(median(servers.map(({ changes }) => changes)))} ` +
          `changes/s; the server itself took ${say(median(servers.map(({ share }) => share)))} % of a core`,
      },
    ];
  },
};

/** What the simulated server counts of itself. */
async function statsOf(port: number): Promise<{ readonly changes: number; readonly cpu_s: number }> {
  const answer = await fetch(`http://127.0.0.1:${port}/stats`);
  return (await answer.json()) as { changes: number; cpu_s: number }; // as the tool's own page says
}

function plantOf(url: string, names: readonly { readonly asset: string; readonly point: string }[]): string {
  const lines = names.map(
    ({ asset, point }, i) =>
      `${i % PER_ASSET === 0 ? `  ${asset}:\n    name: ${asset}\n    tags:\n` : ''}` +
      `      ${point}: { from: line, address: { nodeId: "ns=1;s=${asset}.${point}" } }`,
  );
  return `
plant: bench
timezone: UTC
adapters:
  line: { kind: opcua, url: "${url}", publish: 1s, trigger: timestamp }
assets:
${lines.join('\n')}
`;
}
