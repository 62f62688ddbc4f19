import { auto } from '../../../rules/auto/index.ts';
import type { Subject } from '../../../rules/detector.ts';
import { seeded } from '../../../rules/math/seeded.ts';

/** Readings a second of `auto` on 10,000 tags of 2,000 machines on one core, and its state. `npx tsx test/bench/detect/speed.ts` */
const MACHINES = 2_000;
const TAGS = 5;
const inputs = Array.from({ length: TAGS }, (_, i) => ({ tag: `machine.tag-${i}`, unit: '' }));
const subject: Subject = { ...inputs[0]!, inputs };
const { normal } = seeded(1);
const rows = Array.from({ length: 997 }, () => Float64Array.from({ length: TAGS }, normal));

for (const [said, every] of [
  ['means of 5 min, a reading a second', 300_000],
  ['each reading judged by itself', 0],
] as const) {
  const config = { learn: 360, every };
  const states = Array.from({ length: MACHINES }, () => auto.init(config));
  const stepMs = every === 0 ? 1_000 : every; // learning goes by quickly
  let at = 0;
  let largest = 0;
  for (let reading = 0; reading < 370; reading++) {
    for (let machine = 0; machine < MACHINES; machine++) {
      auto.step(states[machine]!, at, rows[(reading + machine) % rows.length]!, config, subject);
    }
    at += stepMs;
    if (reading % 30 === 0 || reading === 358) largest = Math.max(largest, JSON.stringify(states[0]).length / TAGS);
  }
  const rounds = 60;
  const from = performance.now();
  for (let reading = 0; reading < rounds; reading++) {
    for (let machine = 0; machine < MACHINES; machine++) {
      auto.step(states[machine]!, at, rows[(reading + machine) % rows.length]!, config, subject);
    }
    at += 1_000;
  }
  const perSecond = (rounds * MACHINES * TAGS) / ((performance.now() - from) / 1_000);
  console.log(
    `${said}: ${Math.round(perSecond).toLocaleString('en')} readings/s on one core, ` +
      `state ${Math.round(largest)} bytes a tag while it learns, ${Math.round(JSON.stringify(states[0]).length / TAGS)} after`,
  );
}
