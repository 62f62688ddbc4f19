/** How much one API key may push; `null`: as much as it likes. */
export interface PushQuota {
  readonly readingsPerSecond: number | null;
  /** Of bodies as they were sent, in a UTC day. */
  readonly bytesPerDay: number | null;
}

/** Meters one request: what it pushes counts against the quota of its key. */
export interface PushMeter {
  /**
   * Resolves when more may be taken: a long body is slowed down to its rate. Rejects when that would take too long, when the
   * day's bytes are used up, and as soon as the client has gone.
   */
  ready(signal: AbortSignal): Promise<void>;
  /** Counts readings that were taken, and what came in their place and can't be read. */
  spend(readings: number): void;
}
