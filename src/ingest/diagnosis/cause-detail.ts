const MOST_CAUSES = 5;

/**
 * Finds what the system or the protocol called a failure (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, `BadTooManySessions`) in an error
 * or what caused it; `null` when nobody gave it a name. Some libraries have the name in their text only.
 */
export function causeDetail(error: unknown): string | null {
  let cause: unknown = error;
  for (let i = 0; i < MOST_CAUSES && cause instanceof Error; i++) {
    // Several addresses tried in vain are one error without a name of its own.
    if (cause instanceof AggregateError && cause.errors.length > 0) cause = cause.errors[0];
    if (!(cause instanceof Error)) return null;
    if ('code' in cause && typeof cause.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(cause.code)) return cause.code;
    const named = /\b(E(?:CONN|HOST|NET|TIMED|NOT|AI_)[A-Z]+|Bad[A-Z][A-Za-z]+)\b/.exec(cause.message);
    if (named?.[1] !== undefined) return named[1];
    cause = cause.cause;
  }
  return null;
}
