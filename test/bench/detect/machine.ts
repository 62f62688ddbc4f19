import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Report, SetReport } from './figures.ts';

/** Where the labelled series and the two programs are, and a folder to write in. */
export interface MachineRun {
  readonly data: string;
  /** Its series are parts of one machine, recorded at the same times. */
  readonly set: string;
  readonly scorer: string;
  readonly millwright: string;
  readonly work: string;
}

/** What `millwright detect` prints of a row. */
interface Line {
  readonly t: string;
  readonly score: number;
  readonly alarm: boolean;
  readonly cp: boolean;
  readonly tag?: string;
}

interface Part {
  readonly id: string;
  readonly file: string;
  readonly trainRows: number;
}

/** The share of the rows that is given once more without the others, as the scorer does. */
const PREFIX = 0.6;

/**
 * Has one rule watch all parts of a machine together, and judges each part by the alarms that were raised for a tag of its own. One
 * that hears the fault of another part through the shaft then has no alarm unless it was the first or the farthest out.
 */
export function judgeMachine({ data, set, scorer, millwright, work }: MachineRun): SetReport {
  const folder = join(data, set);
  const { series: parts } = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as { series: Part[] }; // the scorer's own format
  const rows = joinParts(folder, parts);
  const from = performance.now();
  const said = detect(rows);
  const sec = (performance.now() - from) / 1_000;
  const alarms = join(work, `${set}-machine.jsonl`);
  writeFileSync(alarms, parts.flatMap(({ id }) => said.map((line) => JSON.stringify(ofPart(id, line)))).join('\n'));
  const out = join(work, `${set}-machine.json`);
  const args = [scorer, '--data', data, '--datasets', set, '--alarms', alarms, '--verbose', '--json', out];
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`the scorer ended with ${status}:\n${stderr}`);
  const report = (JSON.parse(readFileSync(out, 'utf8')) as Report)[set]; // its own file, written a moment ago
  if (report === undefined) throw new Error(`the scorer said nothing of ${set}`);
  const prefix = Math.floor(PREFIX * (rows.length - 1));
  const again = detect(rows.slice(0, prefix + 1));
  const differ = again.filter((line, i) => JSON.stringify(line) !== JSON.stringify(said[i])).length;
  return { ...report, sec, causal: differ === 0 ? 'ok' : [{ id: set, differ }] };

  function detect(lines: readonly string[]): Line[] {
    const input = join(work, `${set}-machine.csv`);
    writeFileSync(input, `${lines.join('\n')}\n`);
    const train = String(Math.min(...parts.map(({ trainRows }) => trainRows)));
    const told = spawnSync(process.execPath, [millwright, 'detect', '--input', input, '--train', train], {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    });
    if (told.status !== 0) throw new Error(`millwright detect ended with ${told.status}:\n${told.stderr}`);
    return told.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line); // what detect.ts prints
  }
}

/** One table of all parts: a header with columns named `<part>.<channel>`, then the rows. */
function joinParts(folder: string, parts: readonly Part[]): string[] {
  const tables = parts.map(({ id, file }) => {
    const [header = '', ...rows] = gunzipSync(readFileSync(join(folder, file)))
      .toString('utf8')
      .trim()
      .split(/\r?\n/);
    const [time = '', ...channels] = header.split(',');
    const named = [time, ...channels.map((channel) => `${id}.${channel}`)].join(',');
    return [named, ...rows].map((row) => ({
      time: row.slice(0, row.indexOf(',')),
      cells: row.slice(row.indexOf(',')),
    }));
  });
  const [first = []] = tables;
  return first.map(({ time }, row) => {
    if (tables.some((table) => table[row]?.time !== time)) throw new Error(`the parts have no common row at ${time}`);
    return time + tables.map((table) => table[row]?.cells).join('');
  });
}

function ofPart(id: string, { t, score, alarm, cp, tag = '' }: Line) {
  const isOwn = alarm && tag.startsWith(`${id}.`);
  return { series: id, t, score: isOwn ? score : Math.min(score, 0.5), alarm: isOwn, cp: cp && isOwn };
}
