/**
 * Whole numbers of so many digits, and powers of ten up to it, are exact as doubles: the quotient of the two is rounded once, as
 * reading the text is. Source: W. D. Clinger, How to read floating point numbers accurately, PLDI 1990.
 */
export const EXACT_DIGITS = 15;

/** `POWERS[n]` is 10 to the n, up to `EXACT_DIGITS`. */
export const POWERS: readonly number[] = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);
