import { type Static, Type } from 'typebox';
import {
  type AdapterContext,
  type AdapterModule,
  type Binding,
  deliverScan,
  duration,
  type EpochMs,
  type Reading,
  StatusCode,
} from '../adapter.ts';
import { createPlantModel, type PlantModel } from './model/plant-model.ts';
import { CAMERA, panelLoad, takePicture } from './model/thermal-camera.ts';

const Config = Type.Object(
  {
    seed: Type.Integer({
      minimum: 0,
      maximum: 4_294_967_295,
      default: 1,
      description: 'What the script of faults is drawn from: the same seed gives the same plant.',
      examples: [7],
    }),
    rate: Type.Unsafe<number>(
      duration({
        default: '1s',
        minimum: '50ms',
        maximum: '1h',
        description: 'Time from one reading of a tag to the next.',
        examples: ['500ms'],
      }),
    ),
    speedup: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1_000,
      default: 1,
      description: "How many times faster than the clock the plant's life passes.",
      examples: [10],
    }),
  },
  { additionalProperties: false },
);

const Address = Type.Object(
  {
    machine: Type.Union(
      [
        Type.Literal('pump-1'),
        Type.Literal('gearbox-1'),
        Type.Literal('fan-1'),
        Type.Literal('compressor-1'),
        Type.Literal('hall'),
        Type.Literal('panel-1'),
      ],
      { description: 'The simulated machine, the hall around it, or its control panel.', examples: ['pump-1'] },
    ),
    signal: Type.String({
      minLength: 1,
      description: 'What is measured; the table below lists what each machine has.',
      examples: ['vibration'],
    }),
  },
  { additionalProperties: false },
);

/**
 * Runs the simulated plant inside the process, without sockets: for trying rules and for tests.
 * The script begins when `run` does. Its link losses are left out, since there is no link.
 */
export const simulator: AdapterModule<typeof Config, typeof Address> = {
  kind: 'simulator',
  config: Config,
  address: Address,

  async run({ seed, rate, speedup }, bindings, ctx) {
    const model = createPlantModel(seed);
    const beganAt = ctx.clock.now();
    const cameras = bindings.filter(({ address }) => isPanel(address, CAMERA.signal));
    const measured = bindings.filter((binding) => !cameras.includes(binding));
    let taken = -1;
    ctx.connected();
    for (let due = beganAt; !ctx.signal.aborted; ) {
      const at = ctx.clock.now();
      const atMs = (at - beganAt) * speedup;
      const readings = measured.map((binding) => readingOf(model, binding, at, atMs));
      await deliverScan(readings, rate, ctx);
      const picture = Math.floor(atMs / CAMERA.periodMs);
      if (picture > taken) for (const { tag } of cameras) await deliverPicture(tag, { seed, at, atMs }, ctx);
      taken = picture;
      due = Math.max(due + rate, at); // after a stall it goes on from now instead of catching up
      await ctx.clock.sleep(due - ctx.clock.now(), ctx.signal);
    }
  },
};

function isPanel({ machine, signal }: Static<typeof Address>, wanted: string): boolean {
  return machine === CAMERA.asset && signal === wanted;
}

async function deliverPicture(
  tag: string,
  { seed, at, atMs }: { readonly seed: number; readonly at: EpochMs; readonly atMs: number },
  ctx: AdapterContext,
): Promise<void> {
  const { width, height } = CAMERA;
  const refusal = await ctx.frame({ tag, at, width, height, celsius: takePicture(seed, atMs) });
  if (refusal !== null) ctx.discard(refusal.code, 1);
}

function readingOf(model: PlantModel, binding: Binding<Static<typeof Address>>, at: EpochMs, atMs: number): Reading {
  const value = isPanel(binding.address, CAMERA.load)
    ? Math.round(10 * panelLoad(atMs)) / 10
    : model.measure(`${binding.address.machine}.${binding.address.signal}`, atMs);
  return value === null
    ? { tag: binding.tag, at, value, quality: 'bad', code: StatusCode.badNodeIdUnknown }
    : { tag: binding.tag, at, value, quality: 'good' };
}
