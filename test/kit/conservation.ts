/** The terms of the conservation equation, as a scrape of `/metrics` shows them. */
export interface Conservation {
  /** Of every source: what came in, and what it was divided into. */
  readonly sources: ReadonlyMap<
    string,
    { readonly received: number; readonly accepted: number; readonly discarded: number; readonly inFlight: number }
  >;
  readonly accepted: number;
  readonly atStart: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly quarantined: number;
  readonly lost: number;
  readonly waiting: number;
  /** Why it does not hold, a sentence for each equation; empty when it holds. */
  readonly complaints: readonly string[];
}

/** Scrapes a service and checks both equations exactly. */
export async function scrapeConservation(url: string): Promise<Conservation> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (name: string, source?: string) =>
    [...text.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)$`, 'gm'))]
      .filter(([, labels]) => source === undefined || labels?.includes(`source="${source}"`))
      .reduce((total, [, , value]) => total + Number(value), 0);
  const names = new Set(
    [...text.matchAll(/^ingest_readings_received_total\{source="([^"]+)"\}/gm)].map(([, id]) => id!),
  );
  const sources = new Map(
    [...names].map((id) => [
      id,
      {
        received: sum('ingest_readings_received_total', id),
        accepted: sum('ingest_readings_accepted_total', id),
        discarded: sum('ingest_readings_discarded_total', id),
        inFlight: sum('ingest_readings_in_flight', id),
      },
    ]),
  );
  const line = {
    accepted: sum('ingest_readings_accepted_total'),
    atStart: sum('log_readings_at_start'),
    stored: sum('writer_readings_stored_total'),
    duplicates: sum('writer_readings_duplicate_total'),
    conflicts: sum('writer_readings_conflict_total'),
    quarantined: sum('writer_readings_quarantined_total'),
    lost: sum('log_readings_lost_total'),
    waiting: sum('log_readings_waiting'),
  };
  const complaints: string[] = [];
  for (const [id, { received, accepted, discarded, inFlight }] of sources) {
    if (received !== accepted + discarded + inFlight)
      complaints.push(`${id}: received ${received} is not ${accepted} + ${discarded} + ${inFlight}`);
  }
  const came = line.accepted + line.atStart;
  const went = line.stored + line.duplicates + line.conflicts + line.quarantined + line.lost + line.waiting;
  if (came !== went) complaints.push(`came ${came}, went ${went}: ${JSON.stringify(line)}`);
  return { sources, ...line, complaints };
}
