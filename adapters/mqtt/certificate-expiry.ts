import type { X509Certificate } from 'node:crypto';
import { sayCount } from '../../src/model/count-words.ts';
import type { AdapterContext, EpochMs } from '../adapter.ts';

/** A certificate in use, and whose it is in words. */
export interface UsedCertificate {
  /** `our certificate (certFile …)`, `the certificate of mqtts://…`. */
  readonly whose: string;
  readonly certificate: Pick<X509Certificate, 'validTo'>;
}

const DAY_MS = 86_400_000;
/** Days before its end at which a certificate is spoken of, the nearest first. */
const WARN_DAYS = [7, 30] as const;
const LOOK_EVERY_MS = DAY_MS / 2;

/** What to say of a certificate now; `null` while it has more than 30 days. The same words until there is more to say. */
export function expiryWarning({ whose, certificate }: UsedCertificate, now: EpochMs): string | null {
  const endsAt = Date.parse(certificate.validTo);
  if (!Number.isFinite(endsAt)) return null;
  const day = new Date(endsAt).toISOString().slice(0, 10);
  const leftMs = endsAt - now;
  if (leftMs <= 0) return `${whose} ran out on ${day}: renew it`;
  const within = WARN_DAYS.find((days) => leftMs <= days * DAY_MS);
  return within === undefined
    ? null
    : `${whose} runs out within ${sayCount(within, 'day')}, on ${day}: renew it before`;
}

/** Warns of certificates that run out, now and twice a day until `signal` aborts: a link may stand for months. */
export async function watchExpiry(
  used: () => readonly UsedCertificate[],
  { clock, warn }: Pick<AdapterContext, 'clock' | 'warn'>,
  signal: AbortSignal,
): Promise<void> {
  if (warn === undefined) return;
  while (!signal.aborted) {
    for (const each of used()) {
      const warning = expiryWarning(each, clock.now());
      if (warning !== null) warn(warning);
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}
