/**
 * Random numbers from a seed, the same on every machine: `uniform` in [0, 1), `normal` with mean 0 and variance 1.
 * Source: mulberry32 (T. Ettinger, public domain); G. E. P. Box & M. E. Muller, Ann. Math. Statist. 29(2), 1958.
 */
export function seeded(seed: number): { uniform(): number; normal(): number } {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
