import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../src/model/clock.ts';
import { ConfigError } from '../../src/model/errors.ts';
import type { EpochMs } from '../../src/model/reading.ts';
import { startControl } from './control.ts';
import { createAccelerometerNode } from './devices/accelerometer-node.ts';
import type { Device, DroppableDevice } from './devices/device.ts';
import { startModbusDevice } from './devices/modbus-device.ts';
import { startMqttSensors } from './devices/mqtt-sensors.ts';
import { startOpcuaServer } from './devices/opcua-server.ts';
import { startReceiver } from './devices/receiver.ts';
import { type GroundTruth, shiftGroundTruth } from './model/ground-truth.ts';
import { MACHINES } from './model/machines.ts';
import { createPlantModel, type PlantModel } from './model/plant-model.ts';
import { CYCLE_MS } from './model/script.ts';
import { AREA, tagsOf, unitsOfUnknown, writePlantFile } from './plant-file.ts';

/** How often the plant looks whether a link has to drop or come back. */
const LINK_STEP_MS = 100;
/** Cycles of the past that the ground truth still tells: two hours. */
const CYCLES_TOLD = 12;

/** A running simulated plant: devices on sockets, and the truth about them. */
export interface SimulatedPlant {
  /** Text of the `plant.yaml` that connects to it. */
  readonly plantFile: string;
  /** Port of the control server, see `control.ts`. */
  readonly controlPort: number;
  readonly ports: { readonly modbus: number; readonly opcua: number; readonly mqtt: number; readonly receiver: number };
  /** Times in ms since the beginning until the script has begun, then `EpochMs`. */
  groundTruth(): GroundTruth;
  /** When the script began; `null` before. */
  begunAt(): EpochMs | null;
  /** Starts the script's clock; before it everything runs healthily. The second call does nothing. */
  begin(): void;
  /** Closes every port; resolves when nothing is left. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the simulated plant: a Modbus PLC, an OPC UA server, an MQTT broker with sensors, and a webhook receiver, each
 * on a free loopback port. Writes the webhook's secret (0600) and the OPC UA certificates below `directory`.
 * Stops by itself when `signal` aborts.
 */
export async function startSimulatedPlant(options: {
  readonly seed: number;
  readonly directory: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<SimulatedPlant> {
  const { seed, clock, signal } = options;
  const directory = resolve(options.directory);
  const model = createPlantModel(seed);
  const startedAt = clock.now();
  let begunAt: EpochMs | null = null;
  // before the beginning, time runs backwards from it: healthy at any distance, and the noise goes on moving
  const sinceBegin = () => (begunAt === null ? startedAt - clock.now() - 1 : clock.now() - begunAt);
  const measure = (tag: string) => model.measure(tag, sinceBegin());

  const running: Device[] = [];
  const keep = <D extends Device>(device: D): D => {
    running.push(device);
    return device;
  };
  const ending = new AbortController();
  const stopAll = async (): Promise<void> => {
    ending.abort();
    await Promise.all(running.map((device) => device.stop()));
  };

  try {
    const { secretFile, secret } = await prepareSecret(directory);
    const modbus = keep(await startModbusDevice({ tags: tagsOf('hall-plc'), measure }));
    const record = createAccelerometerNode(model, sinceBegin);
    const sensors = { tags: tagsOf('sensors'), units: unitsOfUnknown(), area: AREA };
    const mqtt = keep(await startMqttSensors({ ...sensors, measure, clock, record }));
    const receiver = keep(await startReceiver({ secret, clock }));
    const opcua = keep(await startOpcuaServer({ tags: tagsOf('line-ua'), measure, clock, directory }));
    const ports = { modbus: modbus.port, opcua: opcua.port, mqtt: mqtt.port, receiver: receiver.port };

    const plant = {
      begunAt: () => begunAt,
      begin: () => {
        begunAt ??= clock.now();
      },
      groundTruth: () => tellGroundTruth(model, begunAt, clock.now()),
      state: () => tellState(model, sinceBegin(), { seed, begunAt, ports }),
    };
    const control = keep(await startControl(plant));
    const links = driveLinks({ model, sinceBegin, clock, signal: ending.signal, modbus, mqtt });
    links.catch(() => undefined); // an error is kept for whoever calls `stop`

    let stopped: Promise<void> | null = null;
    const stop = (): Promise<void> => {
      stopped ??= Promise.all([stopAll(), links]).then(() => undefined);
      return stopped;
    };
    const stopOnAbort = () => {
      stop().catch(() => undefined); // whoever calls `stop` gets the same promise, and with it the error
    };
    if (signal.aborted) stopOnAbort();
    signal.addEventListener('abort', stopOnAbort, { once: true });
    return {
      plantFile: writePlantFile({ seed, ports, secretFile }),
      controlPort: control.port,
      ports,
      groundTruth: plant.groundTruth,
      begunAt: plant.begunAt,
      begin: plant.begin,
      stop: () => {
        signal.removeEventListener('abort', stopOnAbort);
        return stop();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** Drops and restores the links as the script says, until `signal` aborts. */
async function driveLinks(options: {
  readonly model: PlantModel;
  readonly sinceBegin: () => number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly modbus: DroppableDevice;
  readonly mqtt: DroppableDevice;
}): Promise<void> {
  const { model, sinceBegin, clock, signal, modbus, mqtt } = options;
  const links = [
    { source: 'hall-plc', device: modbus },
    { source: 'sensors', device: mqtt },
  ] as const;
  const down = new Set<string>();
  while (!signal.aborted) {
    for (const { source, device } of links) {
      const shouldBeDown = model.isDown(source, sinceBegin());
      if (shouldBeDown === down.has(source)) continue;
      if (shouldBeDown) {
        down.add(source);
        await device.drop();
      } else {
        down.delete(source);
        await device.restore();
      }
    }
    await clock.sleep(LINK_STEP_MS, signal);
  }
}

function tellGroundTruth(model: PlantModel, begunAt: EpochMs | null, now: EpochMs): GroundTruth {
  if (begunAt === null) return model.groundTruth();
  const to = Math.max(0, Math.floor((now - begunAt) / CYCLE_MS));
  return shiftGroundTruth(model.groundTruth({ from: Math.max(0, to - CYCLES_TOLD + 1), to }), begunAt);
}

function tellState(
  model: PlantModel,
  sinceBeginMs: number,
  facts: { readonly seed: number; readonly begunAt: EpochMs | null; readonly ports: SimulatedPlant['ports'] },
): unknown {
  return {
    ...facts,
    sinceBeginMs: facts.begunAt === null ? null : sinceBeginMs,
    machines: Object.fromEntries(MACHINES.map(({ id }) => [id, model.state(id, sinceBeginMs)])),
    linksDown: (['hall-plc', 'sensors'] as const).filter((source) => model.isDown(source, sinceBeginMs)),
  };
}

/** Makes the secret of the webhook on first use; a file that is there already is used as it is. */
async function prepareSecret(directory: string): Promise<{ readonly secretFile: string; readonly secret: string }> {
  const secretFile = join(directory, 'cmms.secret');
  try {
    await mkdir(directory, { recursive: true });
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    await writeFile(secretFile, `${secret}\n`, { flag: 'wx', mode: 0o600 });
    return { secretFile, secret };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      return { secretFile, secret: (await readFile(secretFile, 'utf8')).trim() };
    throw new ConfigError('directory_unusable', `cannot write in ${directory}`, { cause: error });
  }
}
