import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { live } from '../../../../adapters/simulator/life/life.ts';
import { MACHINES } from '../../../../adapters/simulator/model/machines.ts';
import { judgeLife } from './judge.ts';
import { writeStudyPlant } from './plant-file.ts';
import { limitRulesOf, plantOf, replayLife } from './replay-life.ts';
import { type JudgedLife, sayLife, sayTotals } from './say.ts';

/**
 * What the rules make of the simulated plant's weeks: `npm run study [-- --seeds 20 --from 1 --days 30 --auto-delay 12h --plant]`. Each seed is a life
 * with its own faults; the alerts are compared with what truly happened. `--plant` prints the plant file and ends;
 * `--kept FILE` adds each judged life to the file and does not judge again what is there: a long study may be made in pieces.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    days: { type: 'string', default: '30' },
    'auto-delay': { type: 'string', default: '12h' },
    kept: { type: 'string' },
    plant: { type: 'boolean', default: false },
  },
});
/** The first step of each life: a Monday. */
const BEGAN_AT = Date.UTC(2026, 5, 1);
const BAR_WIDTH = 24;

const text = writeStudyPlant({ autoDelay: values['auto-delay'] });
if (values.plant) console.log(text);
else study();

function study(): void {
  const [seeds, from, days] = [values.seeds, values.from, values.days].map(Number) as [number, number, number];
  const plant = plantOf(text);
  const lives: JudgedLife[] = kept();
  for (let seed = from; seed < from + seeds; seed++) {
    if (lives.some((life) => life.seed === seed)) continue;
    showBar(seed - from, seeds);
    const life = live({ seed, days });
    const alerts = replayLife(life, plant, { seed, beganAt: BEGAN_AT }).map((alert) => ({
      ...alert,
      from: alert.from - BEGAN_AT,
      to: alert.to === null ? null : alert.to - BEGAN_AT,
    }));
    const judged = { seed, judgement: judgeLife(life, alerts, limitRulesOf(plant)) };
    lives.push(judged);
    if (values.kept !== undefined) appendFileSync(values.kept, `${JSON.stringify(judged)}\n`);
    showBar(null, seeds);
  }
  lives.sort((a, b) => a.seed - b.seed);
  for (const judged of lives) console.log(sayLife(judged));
  console.log(sayTotals(lives, { machines: MACHINES.length, days }));
}

/** The lives of `--kept`, as an earlier run left them. */
function kept(): JudgedLife[] {
  if (values.kept === undefined || !existsSync(values.kept)) return [];
  const lines = readFileSync(values.kept, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as JudgedLife); // written below, by the same study
}

/** On standard error, where that is a terminal; `null` wipes it. */
function showBar(done: number | null, of: number): void {
  if (!process.stderr.isTTY) return;
  const filled = Math.round(((done ?? 0) / of) * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${done} of ${of} lives`;
  process.stderr.write(done === null ? '\r\u001b[2K' : `\r\u001b[2K${bar}`);
}
