import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startImageDevice } from '../../adapters/modbus/testbench.ts';
import { startProgram } from '../kit/child.ts';
import { freePort } from '../kit/free-port.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Runs `millwright probe` for a plant of one device that is there, one that is not, and one that is not asked. */
async function probe(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  await using device = await startImageDevice([{ table: 'holding', register: 0, words: '00004148 0019' }]);
  const folder = mkdtempSync(join(tmpdir(), 'millwright-probe-'));
  folders.push(folder);
  const file = join(folder, 'plant.yaml');
  writeFileSync(
    file,
    `
plant: probe
timezone: UTC
adapters:
  plc: { kind: modbus, host: 127.0.0.1, port: ${device.port}, poll: 500ms }
  gone: { kind: modbus, host: 127.0.0.1, port: ${await freePort()} }
  push: { kind: http }
assets:
  press:
    tags:
      vibration: { unit: mm/s, from: plc, address: { register: 0, type: float32 }, range: [0.1, 50] }
      speed: { unit: /min, from: plc, address: { register: 2 } }
      away: { from: gone, address: { register: 2 } }
`,
  );
  const program = startProgram(['probe', '--plant', file, '--data', join(folder, 'data'), ...args]);
  await once(program.child, 'close');
  return { code: program.child.exitCode, stdout: program.stdout(), stderr: program.stderr() };
}

describe('millwright probe', () => {
  it('says of each source what its tags are, what is wrong, and what reading costs', async () => {
    const { code, stdout } = await probe();
    expect(code).toBe(1);
    expect(stdout).toMatch(/press\.speed\s+25\s+good/);
    expect(stdout).toMatch(/press\.vibration\s+\S+\s+good\s+outside of its range 0\.1 to 50/);
    expect(stdout).toContain('1 request a scan for 2 tags');
    expect(stdout).toMatch(/gone \(modbus\)\n\s+cannot reach 127\.0\.0\.1/);
    expect(stdout).toContain('there is nothing to probe');
  });

  it('guesses for one tag', async () => {
    const { stdout } = await probe('--guess', 'press.vibration');
    expect(stdout).toMatch(/ 1: 12\.5 as \{ type: float32, order: CDAB, scale: 1 \}/);
    expect(stdout).not.toContain('gone (modbus)');
  });

  it('gives JSON and nothing else', async () => {
    const { stdout } = await probe('--source', 'plc', '--json');
    const [plc] = JSON.parse(stdout);
    expect(plc).toMatchObject({ source: 'plc', kind: 'modbus' });
    expect(plc.tags.map(({ tag }: { tag: string }) => tag)).toEqual(['press.vibration', 'press.speed']);
  });

  it.each([
    [['--source', 'plcs'], '--source: there is no adapter plcs; there are plc, gone, push'],
    [['--guess', 'press.speeed'], '--guess: there is no tag press.speeed in the plant file'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await probe(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});
