import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scrapeConservation } from '../kit/conservation.ts';
import { seeded } from '../kit/seeded.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: uploads
adapters:
  push: { kind: http }
assets:
  pump-1: { tags: { vibration: { unit: m/s2, from: push }, picture: { unit: Cel, from: push } } }
`;

let test: TestService;
beforeAll(async () => {
  test = await startTestService(PLANT);
});
afterAll(() => test[Symbol.asyncDispose]());

const T0 = Date.now() - 3_600_000;
const wave = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i / 3) / 2));
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

async function upload(
  path: string,
  contentType: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: any }> {
  const response = await fetch(`${test.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${test.adminKey}`, 'content-type': contentType, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: response.status, body: await response.json() };
}

const stored = (kind: 'waveforms' | 'frames', at: number) =>
  waitFor('what was uploaded', async () => {
    const tag = `pump-1.${kind === 'frames' ? 'picture' : 'vibration'}`;
    const response = await fetch(`${test.url}/api/v1/tags/${tag}/${kind}/${new Date(at).toISOString()}`, {
      headers: { authorization: `Bearer ${test.adminKey}`, accept: 'application/octet-stream' },
    });
    if (!response.ok) return null;
    return { headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  });

/** 32-bit float, mono. */
function wavOf(samples: Float32Array, rateHz: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(3, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rateHz, 24);
  head.writeUInt32LE(rateHz * 4, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(32, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, bytesOf(samples)]);
}

const samples = wave(50_000);
const query = (at: number, more = '') => `waveforms?tag=pump-1.vibration&at=${at}&unit=m/s2${more}`;

describe('a waveform', () => {
  it.each<[what: string, contentType: string, body: Buffer | string, more: string, headers: Record<string, string>]>([
    ['packed', 'application/octet-stream', bytesOf(samples), '&rateHz=25600', {}],
    [
      'packed and zipped',
      'application/octet-stream',
      gzipSync(bytesOf(samples)),
      '&rateHz=25600',
      { 'content-encoding': 'gzip' },
    ],
    ['as WAV', 'audio/wav', wavOf(samples, 25_600), '', {}],
    [
      'as CSV with times',
      'text/csv; charset=utf-8',
      `t,x\n${[...samples].map((x, i) => `${i / 25_600},${x}`).join('\n')}`,
      '',
      {},
    ],
    ['as CSV without', 'text/csv', [...samples].join('\n'), '&rateHz=25600', {}],
  ])('is taken %s, bit for bit', async (what, contentType, body, more, headers) => {
    const at = T0 + what.length * 1_000;
    expect(await upload(query(at, more), contentType, body, headers)).toEqual({ status: 200, body: { accepted: 1 } });
    const found = await stored('waveforms', at);
    expect(found.bytes.equals(bytesOf(samples))).toBe(true);
    expect(found.headers.get('waveform-rate-hz')).toBe('25600');
  });

  it('that was fetched goes back as it came, with its headers', async () => {
    await upload(query(T0, '&rateHz=12800'), 'application/octet-stream', bytesOf(samples));
    const { headers, bytes } = await stored('waveforms', T0);
    const again = Object.fromEntries(['waveform-rate-hz', 'waveform-unit'].map((name) => [name, headers.get(name)!]));
    const path = `waveforms?tag=pump-1.vibration&at=${T0 + 500}`;
    expect((await upload(path, 'application/octet-stream', bytes, again)).status).toBe(200);
    expect((await stored('waveforms', T0 + 500)).bytes.equals(bytes)).toBe(true);
  });

  it('is refused with what is missing or wrong', async () => {
    const detailOf = async (path: string, type: string, body: string) => {
      const { status, body: problem } = await upload(path, type, body);
      return `${status} ${problem.code}: ${problem.detail}`;
    };
    const missing = 'is missing: a file does not say it, so put it into the query';
    expect(await detailOf('waveforms?at=1&unit=g', 'audio/wav', 'x')).toBe(`400 body_invalid: tag ${missing}`);
    expect(await detailOf(query(T0), 'application/octet-stream', 'abcd')).toBe(`400 body_invalid: rateHz ${missing}`);
    expect(await detailOf(query(T0), 'audio/wav', 'x')).toContain('the body is no WAV file that can be read');
    expect(await detailOf(query(T0, '&rateHz=1'), 'text/csv', '1\n1e99\n')).toContain(
      '422 capture_refused: samples[1]',
    );
    expect(await detailOf(query(T0), 'audio/mpeg', 'x')).toContain('415');
  });
});

describe('a thermal frame', () => {
  const celsius = Float32Array.from({ length: 6 }, (_, i) => 20 + i / 4);

  it('is taken packed, and as a table', async () => {
    const path = (at: number, more = '') => `frames?tag=pump-1.picture&at=${at}${more}`;
    expect((await upload(path(T0, '&width=3&height=2'), 'application/octet-stream', bytesOf(celsius))).status).toBe(
      200,
    );
    expect((await upload(path(T0 + 1), 'text/csv', '20;20,25;20,5\n20,75;21;21,25\n')).status).toBe(200);
    for (const at of [T0, T0 + 1]) {
      const { headers, bytes } = await stored('frames', at);
      expect([headers.get('frame-width'), headers.get('frame-height')]).toEqual(['3', '2']);
      expect(bytes.equals(bytesOf(celsius))).toBe(true);
    }
    const { status, body } = await upload(path(T0, '&width=5'), 'text/csv', '1,2\n3,4\n');
    expect([status, body.detail]).toEqual([400, 'the CSV has 2 × 2 numbers, not 5 × 2']);
  });
});

it('garbage harms no good file, and everything is accounted for', async () => {
  const random = seeded(7);
  const good = wavOf(wave(64), 6_400);
  let taken = 0;
  for (let i = 0; i < 1_000; i++) {
    const isGood = i % 100 === 0;
    const body = Buffer.from(good);
    if (!isGood) for (let k = 0; k < 4; k++) body[Math.floor(random() * 44)] = Math.floor(random() * 256);
    const { status } = await upload(query(T0 + 10_000 + i), 'audio/wav', body);
    expect(isGood ? [200] : [200, 400, 422]).toContain(status);
    if (isGood) taken++;
  }
  expect(taken).toBe(10);
  for (let i = 0; i < 1_000; i += 100)
    expect((await stored('waveforms', T0 + 10_000 + i)).bytes.equals(bytesOf(wave(64)))).toBe(true);
  expect((await scrapeConservation(test.url)).complaints).toEqual([]);
});
