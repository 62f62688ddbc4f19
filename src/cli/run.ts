import { type Service, startService } from '../app.ts';
import { type Flags, readSettings } from '../config/settings.ts';
import { systemClock } from '../model/clock.ts';
import { createLogger } from '../telemetry/log.ts';
import { rereadPlant } from '../wiring/reread-plant.ts';
import { refuseTakenPort } from './free-port.ts';
import { sayPlantChanges } from './plan/compare-plants.ts';
import { requirePlant } from './plant-from-file.ts';
import { untilStopped } from './until-stopped.ts';

/** `millwright run`: the service for a plant, until it is told to stop. */
export async function run(flags: Flags & { readonly plant: string }): Promise<void> {
  const settings = readSettings({ env: process.env, flags });
  const plant = requirePlant(flags.plant);
  await refuseTakenPort(settings.host, settings.port);
  const { signal, requested } = untilStopped();
  const logger = createLogger(settings.logLevel);
  try {
    const service = await startService({
      plant,
      reread: () => rereadPlant(flags.plant),
      settings,
      clock: systemClock,
      random: Math.random,
      logger,
      signal,
    });
    process.on('SIGHUP', () => {
      service.reload('SIGHUP').then(
        ({ changes }) =>
          console.log(
            changes.length === 0
              ? 'Plant file reloaded: nothing has changed'
              : `Plant file reloaded: ${sayPlantChanges(changes)}`,
          ),
        (error: unknown) => logger.error({ err: error }, 'the plant file was not taken, the service goes on as it was'),
      );
    });
    console.log(`Plant ${plant.name} is at ${service.url}`);
    tellAccess(service);
    await requested;
    await service.stop();
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = 130; // stopped before everything was up: what fails then fails because of it
  }
}

/** Says how to get in; the key only at the start that made it. */
export function tellAccess(service: Service): void {
  console.log(`Sign in once with this link (valid for an hour): ${service.loginLink()}`);
  if (service.newAdminKey !== null) console.log(`Admin API key, shown only now: ${service.newAdminKey}`);
}
