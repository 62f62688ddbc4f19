import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram, startProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';

const directory = mkdtempSync(join(tmpdir(), 'millwright-refusals-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const plantFile = join(directory, 'plant.yaml');
writeFileSync(plantFile, 'plant: refusals\ntimezone: UTC\nadapters:\n  push: { kind: http, adopt: auto }\n');
const data = (name: string) => ({
  MILLWRIGHT_DATA: join(directory, name),
  MILLWRIGHT_PORT: '0',
  MILLWRIGHT_ADMIN_KEY: 'refusals-key',
});

/** One sentence for people, no stack, and a failure for scripts. */
function expectRefusal({ code, output }: { code: number | null; output: string }, sentence: RegExp): void {
  expect(output).toMatch(sentence);
  expect(output).not.toMatch(/\n\s+at /);
  expect(code).toBe(1);
}

describe('a start that cannot succeed says why in one sentence and destroys nothing', () => {
  it('a taken port', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const variables = { ...data('taken'), MILLWRIGHT_PORT: String(port) };
    expectRefusal(await runProgram(['demo'], variables), new RegExp(`port ${port} on 127.0.0.1 is taken`));
    expect(existsSync(join(directory, 'taken', 'postgres'))).toBe(false);
    const databaseUrl = await createDatabase();
    expectRefusal(
      await runProgram(['run', '--plant', plantFile], { ...variables, DATABASE_URL: databaseUrl }),
      /is taken: stop what uses it/,
    );
    holder.close();
  });

  it('a data directory that is no directory', async () => {
    writeFileSync(join(directory, 'a-file'), 'x');
    const variables = { ...data('x'), MILLWRIGHT_DATA: join(directory, 'a-file', 'data') };
    expectRefusal(await runProgram(['run', '--plant', plantFile], variables), /cannot use the data directory/);
    expect(readFileSync(join(directory, 'a-file'), 'utf8')).toBe('x');
  });

  it('a data directory that nobody may write to', async () => {
    const variables = { ...data('x'), MILLWRIGHT_DATA: '/sys/millwright' };
    expectRefusal(
      await runProgram(['run', '--plant', plantFile], variables),
      /cannot use the data directory \/sys\/millwright/,
    );
    expectRefusal(await runProgram(['demo'], variables), /\/sys\/millwright/);
  });

  it('a data directory of a newer version, a database of a newer version, and a second service', async () => {
    const databaseUrl = await createDatabase();
    const variables = { ...data('shared'), DATABASE_URL: databaseUrl };
    const first = startProgram(['run', '--plant', plantFile], variables);
    await first.until(/is at http/);
    expectRefusal(
      await runProgram(['run', '--plant', plantFile], variables),
      /another Millwright \(process \d+\) is using the data directory/,
    );
    expect((await first.end('SIGTERM')).code).toBe(0);

    writeFileSync(join(directory, 'shared', 'LAYOUT'), '99\n');
    expectRefusal(await runProgram(['run', '--plant', plantFile], variables), /made by a newer Millwright \(layout 99/);
    expect(readFileSync(join(directory, 'shared', 'LAYOUT'), 'utf8')).toBe('99\n');

    await queryDatabase(databaseUrl, `insert into migration (name, run_on) values ('9999_from-the-future', now())`);
    expectRefusal(
      await runProgram(['run', '--plant', plantFile], { ...variables, ...data('other') }),
      /made by a newer Millwright \(it knows 9999_from-the-future\)/,
    );
    expectRefusal(await runProgram(['migrate'], { DATABASE_URL: databaseUrl }), /made by a newer Millwright/);
  });

  it('a database that is not there, or refuses', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    holder.close();
    await once(holder, 'close');
    const away = { ...data('away'), DATABASE_URL: `postgres://nobody:hidden-word@127.0.0.1:${port}/x` };
    const refused = await runProgram(['run', '--plant', plantFile], away);
    expectRefusal(refused, /cannot reach postgres:\/\/127\.0\.0\.1:\d+\/x/);
    const wrong = Object.assign(new URL(await createDatabase()), { password: 'hidden-word' }).href;
    const denied = await runProgram(['run', '--plant', plantFile], { ...away, DATABASE_URL: wrong });
    expectRefusal(denied, /refuses the user or password/);
    expect(refused.output + denied.output).not.toContain('hidden-word');
  });

  it('a plant file that is wrong, all problems at once, each with its place', async () => {
    const wrong = join(directory, 'wrong.yaml');
    writeFileSync(
      wrong,
      'plant: x\ntimezone: Mars/Olympus\nadapters:\n  plc: { kind: modbuss, host: 10.0.0.1 }\nassets:\n  a: { tags: { t: { from: plcc } } }\n',
    );
    const run = await runProgram(['run', '--plant', wrong], data('wrong'));
    expectRefusal(run, /wrong\.yaml:2:11: .*Mars\/Olympus/);
    expect(run.output).toMatch(/wrong\.yaml:4:16: .*did you mean "modbus"/);
    expect(run.output).toMatch(/wrong\.yaml:6:27: .*did you mean "plc"/);
    expect(existsSync(join(directory, 'wrong'))).toBe(false);
    const checked = await runProgram(['check', wrong]);
    expect(checked.code).toBe(1);
    expect(checked.output).toMatch(/wrong\.yaml:2:11/);
    expectRefusal(
      await runProgram(['run', '--plant', join(directory, 'nowhere.yaml')], data('wrong')),
      /there is no such file/,
    );
  });

  it('options that mean nothing', async () => {
    expectRefusal(
      await runProgram(['run', '--plant', plantFile, '--port', '99999'], data('options')),
      /--port must be a port/,
    );
    const unknown = await runProgram(['rnu']);
    expect(unknown.code).toBe(1);
    expect(unknown.output).toMatch(/Did you mean run\?/);
    for (const command of ['run', 'check', 'migrate', 'simulate', 'demo']) {
      const help = await runProgram([command, '--help']);
      expect(help.code).toBe(0);
      expect(help.output).toMatch(/Usage: millwright/);
    }
  });
});

it('check accepts the example plant file as it stands', async () => {
  const { code, output } = await runProgram(['check', join(import.meta.dirname, '..', '..', 'plant.example.yaml')]);
  expect(output).toMatch(/is right: plant bremen-stamping/);
  expect(code).toBe(0);
});
