/**
 * What a variable of Fisher's F distribution with `m` and `n` degrees of freedom exceeds with `probability`.
 * Source: M. Abramowitz & I. A. Stegun, Handbook of Mathematical Functions, 1964, 26.6.2 and 26.5.8 (continued fraction). Relative
 * error below 1e-6.
 */
export function fQuantile(probability: number, m: number, n: number): number {
  let [low, high] = [0, 1];
  const tail = (f: number) => incompleteBeta(n / (n + m * f), n / 2, m / 2);
  while (tail(high) > probability) high *= 2;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (tail(middle) > probability) low = middle;
    else high = middle;
  }
  return high;
}

/** The regularised incomplete beta function. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a;
  let fraction = 1;
  for (let k = 200; k >= 1; k--) {
    const half = k >> 1;
    const step =
      k % 2 === 0
        ? (half * (b - half) * x) / ((a + k - 1) * (a + k))
        : (-(a + half) * (a + b + half) * x) / ((a + k - 1) * (a + k));
    fraction = 1 + step / fraction;
  }
  return front / fraction;
}

/** Logarithm of the gamma function, x > 0. Source: Abramowitz & Stegun 6.1.41 (Stirling), after shifting x above 10. */
export function logGamma(x: number): number {
  let [shifted, product] = [x, 0];
  while (shifted < 10) product += Math.log(shifted++);
  const inverse = 1 / shifted;
  const series = inverse * (1 / 12 - inverse ** 2 * (1 / 360 - inverse ** 2 / 1_260));
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - product;
}
