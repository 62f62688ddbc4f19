/** Powers of the base units of UCUM, in the order in which they are written. */
export type Powers = Readonly<Record<string, number>>;

/** What people call that which is measured so, by its base units with their powers. */
const QUANTITIES: Readonly<Record<string, string>> = {
  ...{ '': 'a plain number', m: 'a length', s: 'a time', g: 'a mass', rad: 'an angle', K: 'a temperature' },
  ...{ m2: 'an area', m3: 'a volume', 'm s-1': 'a speed', 'm s-2': 'an acceleration', 's-1': 'a frequency' },
  ...{ 's-1 rad': 'an angular speed', 'm3 s-1': 'a volume flow', 's-1 g': 'a mass flow', 'm-3 g': 'a density' },
  ...{ 'm s-2 g': 'a force', 'm-1 s-2 g': 'a pressure', 'm2 s-2 g': 'an energy or a torque', 'm2 s-3 g': 'a power' },
  ...{ 'm-1 s-1 g': 'a dynamic viscosity', 'm2 s-1': 'a kinematic viscosity' },
  ...{ C: 'an electric charge', 's-1 C': 'an electric current', 'm2 s-2 g C-1': 'a voltage' },
  ...{
    'm2 s-1 g C-2': 'an electric resistance',
    's-1 g C-1': 'a magnetic flux density',
    's-1 K': 'a change of temperature over time',
  },
};

/** Says what a unit with these powers of base units measures, as people do: `a pressure`; without a word for it, `K/(m·s²)`. */
export function sayQuantity(powers: Powers): string {
  const given = Object.entries(powers).filter(([, power]) => power !== 0);
  const known = QUANTITIES[given.map(([base, power]) => withPower(base, power)).join(' ')];
  if (known !== undefined) return known;
  const above = given.filter(([, power]) => power > 0).map(([base, power]) => withPower(base, raised(power)));
  const below = given.filter(([, power]) => power < 0).map(([base, power]) => withPower(base, raised(-power)));
  const divisor = below.length > 1 ? `(${below.join('·')})` : below.join('');
  return `${above.join('·') || '1'}${divisor && `/${divisor}`}`;
}

function withPower(base: string, power: number | string): string {
  return power === 1 ? base : `${base}${power}`;
}

/** `''` for 1, `²` for 2. */
function raised(power: number): string {
  return power === 1 ? '' : [...String(power)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('');
}
