import { expect, it } from 'vitest';
import { freePort } from '../kit/free-port.ts';
import { startTestService } from '../kit/service.ts';
import { startSimulatedPeer } from '../kit/simulated-peer.ts';
import { waitFor } from '../kit/wait.ts';

it('a source says which unit does not answer, which ones do, and what a closed port is', async () => {
  await using peer = await startSimulatedPeer('modbus'); // units 1 to 10; nobody answers as unit 77
  const tag = (unitId: number, register = 0) =>
    `{ from: bus, address: { unitId: ${unitId}, table: holding, register: ${register}, type: uint16 } }`;
  await using service = await startTestService(`
plant: diagnosis
timezone: Europe/Berlin
adapters:
  bus: { kind: modbus, host: 127.0.0.1, port: ${peer.port}, poll: 100ms, timeout: 100ms }
  gone: { kind: mqtt, url: "mqtt://127.0.0.1:${await freePort()}", alertAfter: 1s }
assets:
  a: { tags: { one: ${tag(1)}, two: ${tag(2)}, none: ${tag(77)}, missing: ${tag(2, 60_000)} } }
`);
  const sourceOf = async (id: string) =>
    (await service.call('GET', '/api/v1/sources')).body.items.find((source: { id: string }) => source.id === id);

  const bus = await waitFor('the silent unit and the missing register', async () => {
    const source = await sourceOf('bus');
    return /unit 77.*exception 2/s.test(source.diagnosis) && source;
  });
  expect(bus).toMatchObject({ state: 'up', isWell: false });
  // On a busy machine there may be a line about polls that were missed, too.
  expect(bus.diagnosis.split('\n').slice(0, 2)).toEqual([
    expect.stringMatching(
      /^no answer from unit 77 yet \(\d+ (timeouts|broken connections)[^)]* since (\d+ \w+ )?\d\d:\d\d:\d\d\); units 1 and 2 on the same bus answer in (less than 1|\d+) ms: check unit 77's power and address$/,
    ),
    expect.stringMatching(
      /^unit 2: exception 2 \(illegal address\), \d+ times? since (\d+ \w+ )?\d\d:\d\d:\d\d: check the register in the addresses of its bad tags$/,
    ),
  ]);

  const gone = await waitFor('the closed port', async () => {
    const source = await sourceOf('gone');
    return source.attempts > 1 && source;
  });
  const closed = 'the host is there, but nothing listens on that port: check the port, and that the service runs';
  expect(gone.diagnosis).toMatch(
    new RegExp(`^cannot reach .* since (\\d+ \\w+ )?\\d\\d:\\d\\d:\\d\\d \\(\\d+ attempts\\): ${closed}$`),
  );
  const alert = await waitFor('the communications alert', async () =>
    (await service.call('GET', '/api/v1/alerts')).body.items.find((each: { source: string }) => each.source === 'gone'),
  );
  expect(alert.explanation).toMatch(closed);
});
