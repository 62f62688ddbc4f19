import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProgram } from '../kit/child.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { queryDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: import-test
adapters:
  push: { kind: http }
assets:
  press-1:
    tags:
      vibration: { unit: mm/s, from: push, range: [0, 50], deadband: 5 }
      temperature: { unit: Cel, from: push }
      batch: { type: text, from: push }
      state: { from: push }
rules:
  odd: { on: press-1.temperature, detect: auto, workOrder: none }
  high: { on: press-1.vibration, detect: limit, with: { high: 4.5 }, workOrder: none }
`;

const directory = mkdtempSync(join(tmpdir(), 'millwright-import-'));
const plantFile = join(directory, 'plant.yaml');
writeFileSync(plantFile, PLANT);
let test: TestService;
beforeAll(async () => {
  test = await startTestService(PLANT);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const T0 = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 90 * 86_400_000;
const file = (name: string, content: string | Buffer) => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
/** Runs the command to its end. */
async function importFile(path: string, ...options: string[]) {
  const program = startProgram(['import', path, '--url', test.url, ...options], { MILLWRIGHT_KEY: test.adminKey });
  const [code] = await new Promise<[number | null]>((resolve) =>
    program.child.once('close', (exit) => resolve([exit])),
  );
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}
const rowsOf = (tag: string, from: number, to: number) =>
  queryDatabase<{ at: string; value: number | null; quality: number; code: number | null }>(
    test.databaseUrl,
    `select (extract(epoch from at) * 1000)::float8 as at, value, quality, code from reading join tag on tag.id = tag_id
      where tag.name = $1 and at >= $2 and at < $3 order by at`,
    [tag, new Date(from), new Date(to)],
  );

describe('millwright import', () => {
  it('says in a dry run what it would do, with the lines of the first mistakes, and sends nothing', async () => {
    const path = file(
      'dry.csv',
      [
        'time,press-1.vibration,press-1.temprature,room',
        ...Array.from({ length: 10 }, (_, i) => `${new Date(T0 + i * 1_000).toISOString()},${i},20,1`),
        'yesterday,1,2,3',
        `${T0},fast,2,3`,
      ].join('\n'),
    );
    for (const from of [['--plant', plantFile], []]) {
      const { code, stdout, stderr } = await importFile(path, '--dry-run', ...from);
      expect(stdout).toContain('12 rows, 10 readings of 1 tag\n');
      expect(stdout).toContain(`from ${new Date(T0).toISOString()} to ${new Date(T0 + 9_000).toISOString()}`);
      expect(stdout).toContain('press-1.temprature (did you mean press-1.temperature?)');
      expect(stdout).toContain('  line 12: "yesterday" is no time such as 2026-11-21T10:42:03Z');
      expect(stdout).toContain('  line 13: press-1.vibration: "fast" is no number');
      expect(stderr).toContain('columns that name no tag are left out: room');
      expect(stderr).toContain('would be left out: 11 of unknown tags, 2 not understood (exit code 1)');
      expect(code).toBe(1);
    }
    expect(await rowsOf('press-1.vibration', T0, T0 + 86_400_000)).toEqual([]);
  });

  it('stores every cell of a wide file as history, raises no alert, and tells what the service refuses by line', async () => {
    const n = 12_000;
    const line = (i: number) => `${T0 + i * 500};${(i / 8).toFixed(3).replace('.', ',')};${i % 3 === 0 ? '' : i}`;
    const lines = ['ts;press-1.vibration;T', ...Array.from({ length: n }, (_, i) => line(i)), '1000;1;1'];
    const { code, stdout } = await importFile(
      file('wide.csv', `${lines.join('\r\n')}\r\n`),
      '--map',
      'T=press-1.temperature',
    );
    expect(stdout).toContain('accepted: 20,000 readings');
    expect(stdout).toMatch(/refused by the service: 2 readings\n {2}line 12002: press-1.vibration: at is older than/);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'an import teaches no rule that is there already, and odd is still learning: to have it learn from what is stored, ' +
        'give it another id in the plant file and reload',
    );
    expect(code).toBe(1);
    const rows = () => rowsOf('press-1.vibration', T0, T0 + n * 500);
    await waitFor('all rows', async () => (await rows()).length === n);
    for (const [i, row] of (await rows()).entries())
      expect(row).toEqual({
        at: T0 + i * 500,
        value: Number((i / 8).toFixed(3)),
        quality: i / 8 > 50 ? 2 : 0,
        code: i / 8 > 50 ? 0x803c0000 | 0 : 0x00a20000,
      });
    expect(await rowsOf('press-1.temperature', T0, T0 + n * 500)).toHaveLength(8_000);
    expect((await test.call('GET', '/api/v1/alerts')).body.items).toEqual([]);
    expect((await test.call('GET', '/api/v1/gaps')).body.items).toEqual([]);
  });

  it('stores texts where a tag may hold them', async () => {
    const from = T0 + 40 * 86_400_000;
    const rows = ['007,idle', '0815,"run, slow"', 'B-12,'].map((cells, i) => `${from + i},${cells}`);
    const csv = file('texts.csv', ['time,press-1.batch,press-1.state', ...rows].join('\n'));
    // Nobody learns from these, so that is the last line.
    expect(await importFile(csv)).toMatchObject({ code: 0, stdout: expect.stringMatching(/accepted: 5 readings\n$/) });
    const textsOf = async (tag: string) =>
      (await test.call('GET', `/api/v1/tags/${tag}/texts?from=${from}&to=${from + 3}`)).body.items;
    await waitFor('the texts', async () => (await textsOf('press-1.batch')).length === 3);
    const texts = [...(await textsOf('press-1.batch')), ...(await textsOf('press-1.state'))];
    expect(texts.map(({ text }: { text: string }) => text)).toEqual(['007', '0815', 'B-12', 'idle', 'run, slow']);
  });

  it('takes back what the service exports, packed with gzip', async () => {
    const from = T0 + 86_400_000;
    const csv = [
      'tag,at,value,quality',
      ...Array.from(
        { length: 500 },
        (_, i) =>
          `press-1.temperature,${new Date(from + i * 60_000).toISOString()},${i / 3},${['good', 'uncertain', 'bad'][i % 3]}`,
      ),
    ];
    csv.push(`press-1.temperature,${new Date(from + 30_000_000).toISOString()},,bad`);
    const { code, stderr } = await importFile(file('long.csv.gz', gzipSync(csv.join('\n'))));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const response = await waitFor('the export', async () => {
      const answer = await fetch(
        `${test.url}/api/v1/export?tag=press-1.temperature&from=${from}&to=${from + 40_000_000}&format=csv`,
        { headers: { authorization: `Bearer ${test.adminKey}` } },
      );
      const lines = (await answer.text()).trim().split(/\r?\n/);
      return lines.length === csv.length && lines;
    });
    expect([...response].sort()).toEqual([...csv].sort());
  });

  it('that was killed in the middle, and is run again, stores each row once, in 250 MB however long the file', async () => {
    const from = T0 + 10 * 86_400_000;
    const n = 150_000;
    const lines = Array.from({ length: n }, (_, i) => `${from + i * 10},${i % 50},${i}`);
    const path = file('long-one.csv', `time,press-1.vibration,press-1.temperature\n${lines.join('\n')}\n`);
    const first = startProgram(['import', path, '--url', test.url], { MILLWRIGHT_KEY: test.adminKey });
    const accepted = async () => (await scrapeConservation(test.url)).accepted;
    const before = await accepted();
    await waitFor('some of it', async () => (await accepted()) > before + 20_000);
    const status = readFileSync(`/proc/${first.child.pid}/status`, 'utf8');
    await first.end('SIGKILL');
    const killedAt = (await accepted()) - before;
    expect(killedAt).toBeLessThan(2 * n);
    const { code, stdout } = await importFile(path);
    expect(code).toBe(0);
    expect(stdout).toContain(`accepted: ${(2 * n).toLocaleString('en')} readings`);
    // What had been answered was answered again, and not taken again: at most what was under way came twice.
    expect((await accepted()) - before).toBeLessThanOrEqual(2 * n + 10_000);
    for (const tag of ['press-1.vibration', 'press-1.temperature'])
      await waitFor(`all of ${tag}`, async () => (await rowsOf(tag, from, from + n * 10)).length === n);
    expect((await rowsOf('press-1.temperature', from, from + n * 10)).every(({ value }, i) => value === i)).toBe(true);
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(250_000);
    const { complaints } = await scrapeConservation(test.url);
    expect(complaints).toEqual([]);
  });

  it.each<[what: string, args: string[], message: RegExp]>([
    ['a file that is not there', ['nowhere.csv'], /cannot read nowhere.csv: there is no such file/],
    ['a folder', ['.'], /cannot read \.: it is a folder/],
    ['a wrong key', ['--key', 'wrong'], /cannot ask http:\S+ for its tags: the key is wrong/],
    ['no service', ['--url', 'http://127.0.0.1:9'], /cannot reach http:\/\/127.0.0.1:9: is the service running there/],
    ['a map that is none', ['--map', 'T'], /--map T is not right: write column=asset.tag/],
    ['a zone that is none', ['--timezone', 'Mars'], /--timezone Mars is no time zone/],
  ])('says what is wrong: %s', async (_what, args, message) => {
    const path = args[0]!.startsWith('--') ? [file('any.csv', 'time,press-1.vibration\n1,2\n')] : [];
    const program = startProgram(['import', ...path, '--url', test.url, ...args], { MILLWRIGHT_KEY: test.adminKey });
    await new Promise((resolve) => program.child.once('close', resolve));
    expect(program.stderr()).toMatch(message);
    expect(program.child.exitCode).toBe(1);
  });
});
