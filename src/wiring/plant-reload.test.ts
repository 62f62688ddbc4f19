import { describe, expect, it, vi } from 'vitest';
import { adapters } from '../../adapters/index.ts';
import { detectors } from '../../rules/index.ts';
import { loadPlant } from '../config/load.ts';
import { ConfigError, StoreError } from '../model/errors.ts';
import type { Plant } from '../model/plant.ts';
import { createChangeableGuard } from '../notify/changeable-guard.ts';
import { createLogger } from '../telemetry/log.ts';
import { createLivePlant } from './plant-reload.ts';

const read = (text: string) =>
  loadPlant({ text, file: 'plant.yaml', adapters, detectors, env: {}, readSecret: () => '', secrets: 'unchecked' });
const textOf = (high: number, more = '') => `plant: hall
adapters: { push: { kind: http } }
assets: { pump: { tags: { load: { from: push } } } }
rules: { high: { on: pump.load, detect: limit, with: { high: ${high} } } }
${more}`;
const requirePlant = (text: string): Plant => {
  const loaded = read(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.plant;
};

/** A service's plant of which it is written down what reaches which part; the log refuses with `failure`. */
function livePlant(next: string | null, failure: Error | null = null) {
  const reached: string[] = [];
  const sayHigh = ({ rules }: Pick<Plant, 'rules'>) => rules[0]?.with['high'];
  const guard = createChangeableGuard([]);
  const logger = createLogger('fatal');
  const live = createLivePlant({
    plant: requirePlant(textOf(1)),
    reread: next === null ? null : async () => read(next),
    store: async (plant) => void reached.push(`database ${sayHigh(plant)}`),
    engine: {
      follow: async ({ rules }) => {
        if (failure) throw failure;
        reached.push(`log ${sayHigh({ rules })}`);
      },
    },
    tags: {
      replaceListed: (tags) => {
        reached.push(`${tags.length} tags`);
        return [];
      },
    },
    live: { newestOf: () => null, retract: () => undefined },
    guard,
    sources: { replace: async (plant) => void reached.push(`sources ${sayHigh(plant)}`) },
    learnEndpoints: async () => void reached.push('endpoints'),
    logger,
  });
  return { logger, live, reached, guard, high: () => sayHigh(live.present()) };
}

describe('a reload', () => {
  const private10 = 'allowPrivateWebhookTargets: ["10.0.0.0/8"]';

  it('tells the database first, then the log, then everybody', async () => {
    const { live, reached, guard, high } = livePlant(textOf(2, private10));
    const { changes } = await live.reload('Kim');
    expect(changes.map(({ what }) => what)).toEqual(['plant', 'rule high']);
    expect(reached).toEqual(['database 2', 'log 2', '1 tags', 'endpoints', 'sources 2']);
    expect([high(), live.limitsOf('pump.load'), guard.refuse('https://10.1.2.3')]).toEqual([
      2,
      [{ rule: 'high', level: 'H', value: 2 }],
      null,
    ]);
  });

  it.each([
    ['the log is closed', new StoreError('log_closed', 'the readings log is closed'), { code: 'log_closed' }],
    [
      'the plant is too large for the log',
      new ConfigError('plant_invalid', 'restart needed'),
      { code: 'restart_needed' },
    ],
  ])('that comes to the database and not into the log is taken back: %s', async (_what, failure, said) => {
    const { live, reached, guard, high } = livePlant(textOf(2, private10), failure);
    await expect(live.reload('Kim')).rejects.toMatchObject(said);
    expect(reached).toEqual(['database 2', 'database 1']);
    expect([high(), guard.refuse('https://10.1.2.3')]).toEqual([1, expect.stringContaining('private')]);
  });

  it.each([
    ['has an error', textOf(2).replace('pump.load', 'pump.laod'), { code: 'plant_invalid', status: 422 }],
    ['has another time zone', textOf(2, 'timezone: Europe/Berlin'), { code: 'restart_needed', status: 409 }],
    [
      'has another name',
      textOf(2).replace('hall', 'yard'),
      { code: 'restart_needed', message: expect.stringContaining('plant') },
    ],
    [
      'has other HTTP settings',
      textOf(2).replace('http', 'http, adopt: auto'),
      { message: expect.stringContaining('adapter push') },
    ],
    [
      'has another window for the first of several alerts',
      textOf(2, 'firstOut: { window: 30s }'),
      { code: 'restart_needed', message: expect.stringContaining('firstOut') },
    ],
    ['is not there, as none was given', null, { code: 'restart_needed' }],
  ])('changes nothing when the file %s', async (_what, text, said) => {
    const { live, reached, high } = livePlant(text);
    await expect(live.reload('Kim')).rejects.toMatchObject(said);
    expect([reached, high()]).toEqual([[], 1]);
  });

  it('of the same file does nothing and says so', async () => {
    const { live, reached, logger } = livePlant(textOf(1));
    const said = vi.spyOn(logger, 'info');
    expect(await live.reload('Kim')).toEqual({ changes: [] });
    expect(reached).toEqual([]);
    expect(said).toHaveBeenCalledWith({ by: 'Kim' }, 'nothing has changed in the plant file');
  });

  it('is one at a time', async () => {
    const { live } = livePlant(textOf(2));
    const first = live.reload('Kim');
    await expect(live.reload('Ada')).rejects.toMatchObject({ status: 429 });
    await first;
    expect(await live.reload('Ada')).toEqual({ changes: [] });
  });
});
