import { expect, it } from 'vitest';
import { queryDatabase } from '../kit/database.ts';
import { startTestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const plant = `
plant: first-out
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
assets:
  pump: { tags: { flow: { from: push }, pressure: { from: push }, temperature: { from: push } } }
  fan: { tags: { speed: { from: push } } }
  valve: { tags: { position: { from: push } } }
  boiler: { tags: { level: { from: push } } }
firstOut: { groups: { feed: [valve, boiler] } }
rules:
  flow-low: { on: pump.flow, detect: limit, with: { low: 5 } }
  pressure-high: { on: pump.pressure, detect: limit, with: { high: 10 } }
  temperature-high: { on: pump.temperature, detect: limit, with: { high: 80 } }
  fan-high: { on: fan.speed, detect: limit, with: { high: 10 } }
  valve-shut: { on: valve.position, detect: limit, with: { low: 5 } }
  level-low: { on: boiler.level, detect: limit, with: { low: 5 } }
`;

it('of several alerts of one asset the first in the time of the readings is named by the others, whichever came in first', async () => {
  await using service = await startTestService(plant);
  await service.call('POST', '/api/v1/webhooks', { url: 'https://cmms.example/hooks' });
  const now = Date.now();
  const push = async (rule: string, tag: string, secondsAgo: number, value: number) => {
    await service.call('POST', '/api/v1/readings', { readings: [{ tag, at: now - secondsAgo * 1_000, value }] });
    return await waitFor(`the alert of ${rule}`, async () => {
      const { body } = await service.call('GET', '/api/v1/alerts?state=active');
      return body.items.find((alert: { rule: string }) => alert.rule === rule);
    });
  };
  const pressure = await push('pressure-high', 'pump.pressure', 3, 12);
  expect(pressure).not.toHaveProperty('firstOut');
  const temperature = await push('temperature-high', 'pump.temperature', 1, 90);
  expect(temperature.firstOutAlert).toBe(pressure.id);
  const flow = await push('flow-low', 'pump.flow', 5, 1);
  const fan = await push('fan-high', 'fan.speed', 2, 12);

  const valve = await push('valve-shut', 'valve.position', 4, 1);
  const level = await push('level-low', 'boiler.level', 2, 1);

  // A correction left one behind that would have been before all of them: nobody was told of it then.
  const missed = '00000000-0000-8000-a000-000000000001';
  await queryDatabase(
    service.databaseUrl,
    `insert into alert select (jsonb_populate_record(alert, jsonb_build_object('id', '${missed}', 'state', 'normal',
       'raised_at', raised_at - interval '1 second'))).* from alert where id = '${flow.id}'`,
  );
  await queryDatabase(
    service.databaseUrl,
    `insert into alert_event (alert_id, at, effect, log_position) values ('${missed}', now(), 'corrected', 1)`,
  );

  const { body } = await service.call('GET', '/api/v1/alerts');
  const said = new Map<string, object>(body.items.map((alert: { id: string }) => [alert.id, alert]));
  expect(said.get(flow.id)).toMatchObject({ firstOut: true });
  expect(said.get(missed)).not.toHaveProperty('firstOut');
  expect(said.get(pressure.id)).toMatchObject({ firstOutAlert: flow.id });
  expect(said.get(temperature.id)).toMatchObject({ firstOutAlert: flow.id });
  expect(said.get(fan.id)).not.toHaveProperty('firstOut');
  expect(said.get(fan.id)).not.toHaveProperty('firstOutAlert');
  expect(said.get(valve.id)).toMatchObject({ firstOut: true });
  expect(said.get(level.id)).toMatchObject({ firstOutAlert: valve.id });
  expect((await service.call('GET', `/api/v1/alerts/${flow.id}`)).body.firstOut).toBe(true);
  const acknowledged = await service.call('POST', `/api/v1/alerts/${temperature.id}/acknowledge`);
  expect(acknowledged.body.firstOutAlert).toBe(flow.id);

  const messages = await queryDatabase(
    service.databaseUrl,
    'select alert_id, effect, body from delivery order by created_at, id',
  );
  const messageOf = (id: string, effect: string) => {
    const { body } = messages.find((message: any) => message.alert_id === id && message.effect === effect) as {
      body: string;
    };
    return JSON.parse(body).data.alert;
  };
  expect(messageOf(temperature.id, 'raised').firstOutAlert).toBe(pressure.id); // as it was known then
  expect(messageOf(temperature.id, 'acknowledged').firstOutAlert).toBe(flow.id);
  expect(messageOf(flow.id, 'raised').firstOut).toBe(true);
  expect(messageOf(level.id, 'raised').firstOutAlert).toBe(valve.id);
});
