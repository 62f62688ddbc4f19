import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBenchTools } from '../kit/bench-tools.ts';
import { mustRun, required } from '../kit/tool.ts';

const root = join(import.meta.dirname, '..', '..');
const tools = findBenchTools();

/** `npm run bench` with these arguments, to its end. */
async function bench(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const entry = join(root, 'test', 'bench', 'index.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', entry, ...args], { cwd: root });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

describe('the bench', () => {
  it.each([
    { given: 'no folder', args: [], says: 'needs the folder with the load generators: npm run bench -- --tools DIR' },
    { given: 'a folder that is not there', args: ['--tools', '/nowhere'], says: 'no load generators in /nowhere' },
    { given: 'a folder without them', args: ['--tools', root], says: 'mqtt-load.mjs is missing' },
  ])('says in a sentence what it needs when it is given $given, and exits 2', async ({ args, says }) => {
    const { code, stdout, stderr } = await bench(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe.runIf(mustRun(tools, 'the bench with load generators (BENCH_TOOLS=<folder>)'))(
  'the bench with generators',
  () => {
    it('names the figures there are when it is asked for another one', async () => {
      const { code, stderr } = await bench(['--tools', required(tools, 'BENCH_TOOLS'), '--only', 'speed']);
      expect(code).toBe(2);
      expect(stderr).toMatch(/no figure speed: there are log, writer, mqtt-single/);
    });

    it('prints what it measured, what is beside it and whether that is enough, as JSON', async () => {
      const folder = required(tools, 'the folder with the load generators: set BENCH_TOOLS');
      const args = ['--tools', folder, '--only', 'log,writer', '--seconds', '0.2', '--rounds', '1', '--json'];
      const { code, stdout, stderr } = await bench(args);
      expect(code, stderr).toBe(0);
      const { machine, results, failures } = JSON.parse(stdout);
      expect(machine.database).toMatch(/^PostgreSQL \d/);
      expect(failures).toEqual([]);
      expect(results).toHaveLength(5);
      for (const { value, ceiling, ratio, verdict } of results) {
        expect(value).toBeGreaterThan(0);
        expect(ratio).toBe(value / ceiling);
        expect(verdict).toMatch(/^(ok|short)$/);
      }
    });
  },
);
