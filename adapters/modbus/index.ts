import { type AdapterContext, type AdapterModule, deliverScan, type Reading, sayingBadForTexts } from '../adapter.ts';
import { Buses } from './buses.ts';
import { complaintAboutConfig, endpointOf, timingOf } from './line.ts';
import { probe } from './probe.ts';
import { complaintAbout } from './registers.ts';
import { Scanner } from './scanner.ts';
import { Address, Config } from './settings.ts';

/** Polls registers and coils over Modbus. Modbus carries no time: a reading gets the time its request was sent. */
export const modbus = createModbus();

/** An adapter with buses of its own: what its sources share, they share among each other only. */
export function createModbus(): AdapterModule<typeof Config, typeof Address> {
  const buses = new Buses();
  return {
    kind: 'modbus',
    config: Config,
    address: Address,
    checkConfig: complaintAboutConfig,
    checkAddress: complaintAbout,
    dueEveryMs: ({ poll }) => poll,

    async run(config, bindings, context) {
      const ctx = sayingBadForTexts(context);
      const { bus, release } = buses.lease(endpointOf(config), timingOf(config).silenceMs);
      try {
        const scanner = new Scanner(config, bindings, ctx, bus);
        await onSchedule(config.poll, ctx, () => scanAndDeliver(scanner, config.poll, ctx));
      } catch (error) {
        // Stopping cuts the request in flight: its failure is the stop itself.
        if (!ctx.signal.aborted) throw error;
      } finally {
        await release();
      }
    },

    async probe(config, bindings, options, ctx) {
      const { bus, release } = buses.lease(endpointOf(config), timingOf(config).silenceMs);
      try {
        return await probe({ config, bindings, options, ctx, bus });
      } finally {
        await release();
      }
    },
  };
}

/** All readings of a scan are one batch; those read before a failure are not lost with it. */
async function scanAndDeliver(scanner: Scanner, periodMs: number, ctx: AdapterContext): Promise<void> {
  const batch: Reading[] = [];
  try {
    await scanner.scan(batch);
  } finally {
    if (batch.length > 0 && !ctx.signal.aborted) await deliverScan(batch, periodMs, ctx);
  }
}

/**
 * Calls `work` every `periodMs` on an absolute schedule: the duration of `work` does not add up to a drift, and when it
 * overruns, the slots it missed are skipped.
 */
async function onSchedule(periodMs: number, ctx: AdapterContext, work: () => Promise<void>): Promise<void> {
  const { clock, signal } = ctx;
  let slot = clock.now();
  while (!signal.aborted) {
    await work();
    const now = clock.now();
    slot += periodMs * Math.max(1, Math.ceil((now - slot) / periodMs));
    // The clock was set back: start a new schedule rather than wait it out.
    if (slot - now > periodMs) slot = now + periodMs;
    await clock.sleep(slot - now, signal);
  }
}
