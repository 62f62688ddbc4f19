import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlertJournal, type JournalLine } from './journal.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millwright-journal-'));
  path = join(directory, 'alerts.journal');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function line(position: number): JournalLine {
  return { kind: 'entry', entry: { logId: 'log', position, at: 1_000 + position, transitions: [] } };
}

async function positions(): Promise<number[]> {
  const { journal, content } = await AlertJournal.open(path);
  await journal.close();
  return content.entries.map(({ position }) => position);
}

describe('the alert journal', () => {
  it('gives back after a restart what it acknowledged, in order', async () => {
    const { journal } = await AlertJournal.open(path);
    const result = { state: 'delivered', attempts: 1, status: 200, reason: null, nextAt: null, at: 5 } as const;
    await Promise.all([1, 2, 3].map((position) => journal.append(line(position))));
    await journal.append({ kind: 'result', result: { message: 'msg_1', webhook: 'cmms', result } });
    await journal.close();
    const again = await AlertJournal.open(path);
    expect(again.content.entries.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(again.content.results).toEqual([{ message: 'msg_1', webhook: 'cmms', result }]);
    await again.journal.close();
  });

  it('keeps every whole line before the place where it was cut or damaged, and goes on behind it', async () => {
    const { journal } = await AlertJournal.open(path);
    for (let position = 1; position <= 5; position++) await journal.append(line(position));
    await journal.close();
    const whole = await readFile(path);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index + 1);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.boolean(), async (at, isFlip) => {
        const broken = Buffer.from(isFlip ? whole : whole.subarray(0, at));
        if (isFlip) broken[at]! ^= 0x10;
        await writeFile(path, broken);
        const { journal: reopened, content } = await AlertJournal.open(path);
        const intact = ends.filter((end) => end <= at).length;
        expect(content.entries.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5].slice(0, intact));
        await reopened.append(line(9));
        await reopened.close();
        expect(await positions()).toEqual([...[1, 2, 3, 4, 5].slice(0, intact), 9]);
      }),
      { numRuns: 200 },
    );
  });

  it('forgets what was appended before it was emptied, and nothing that came after', async () => {
    const { journal } = await AlertJournal.open(path);
    const before = journal.append(line(1));
    const emptied = journal.clear();
    const after = journal.append(line(2));
    await Promise.all([before, emptied, after]);
    await journal.close();
    expect(await positions()).toEqual([2]);
  });
});
