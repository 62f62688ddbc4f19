import { diagnoseRotor, type RotorFault } from '../../rules/rotor/diagnose.ts';
import { ROTOR_FAULTS } from '../../rules/rotor/index.ts';
import { synthesise } from '../../rules/rotor/testbench.ts';
import { Fourier } from '../../rules/signal/fourier.ts';

const FAULTS: readonly RotorFault[] = [...ROTOR_FAULTS, 'bearing'];
const BEARING = { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3568, ftf: 0.39828 };
const MACHINE = { rateHz: 16_384, teeth: 31, vanes: 7, mainsHz: 50, shaftHz: 24.5 };
const REPEATS = 4;
/** Where a harmonic of the shaft is nearer to twice the mains than three lines, nobody can tell them apart, and it is not judged. */
const APART_HZ = 2;

/** Machines on paper with each fault and each pair, real speed anywhere within ±5 % of the one that is told. */
export function studyRotors(): void {
  const fourier = new Fourier();
  const random = seeded(5);
  for (const snrDb of [-10, 0, 10, 20]) {
    const alone = new Map(FAULTS.map((fault) => [fault, new Map<string, number>()]));
    let [count, right, all] = [0, 0, 0];
    for (const faults of singlesAndPairs()) {
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const shaftHz = speedOf(faults, random);
        const rotor = { ...MACHINE, faults, snrDb, shaftHz, bpfo: BEARING.bpfo, seconds: 2, random };
        const named = diagnoseRotor(fourier, synthesise(rotor), { ...MACHINE, bearing: BEARING });
        const top: string = named[0]?.fault ?? 'nothing';
        const leading = named.slice(0, faults.length).map(({ fault }) => fault);
        count += 1;
        if (faults.some((fault) => fault === top)) right += 1;
        if (faults.every((fault) => leading.includes(fault))) all += 1;
        const row = faults.length === 1 ? alone.get(faults[0]!) : undefined;
        row?.set(top, (row.get(top) ?? 0) + 1);
      }
    }
    const percent = (n: number) => `${((100 * n) / count).toFixed(0)} %`;
    const title = `rotors at ${snrDb} dB: a present fault named first ${percent(right)}, all before any other ${percent(all)}`;
    console.log(`\n${title} of ${count}`);
    sayMatrix(alone);
  }
}

function speedOf(faults: readonly RotorFault[], random: () => number): number {
  for (;;) {
    const shaftHz = MACHINE.shaftHz * (0.95 + 0.1 * random());
    if (!faults.includes('electrical')) return shaftHz;
    const twice = 2 * MACHINE.mainsHz;
    if (Math.abs(twice - shaftHz * Math.round(twice / shaftHz)) > APART_HZ) return shaftHz;
  }
}

function sayMatrix(alone: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  const columns = [...FAULTS, 'nothing'];
  console.log(`\n| alone \\ named first | ${columns.join(' | ')} |\n|---|${columns.map(() => '---:').join('|')}|`);
  for (const [fault, row] of alone)
    console.log(`| ${fault} | ${columns.map((column) => row.get(column) ?? 0).join(' | ')} |`);
}

function singlesAndPairs(): RotorFault[][] {
  return FAULTS.flatMap((a, i) => FAULTS.slice(i).map((b) => (a === b ? [a] : [a, b])));
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
