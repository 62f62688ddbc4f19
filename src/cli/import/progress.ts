import type { Clock } from '../../model/clock.ts';

/** Where progress is shown; a terminal gets a bar, anything else a line now and then. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** How far an import is. */
export interface ProgressState {
  /** Bytes of the file. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly readings: number;
}

const BAR_EVERY_MS = 200;
const LINE_EVERY_MS = 10_000;
const BAR_WIDTH = 24;

/** Shows how far an import is, how fast it goes, and when it will be done. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #clock: Clock;
  readonly #beganAt: number;
  #shownAt: number;

  constructor(output: ProgressOutput, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
    this.#beganAt = clock.now();
    this.#shownAt = this.#beganAt;
  }

  /** Shows it when it is time to. */
  show(state: ProgressState): void {
    const now = this.#clock.now();
    if (now - this.#shownAt < (this.#output.isTTY ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
    this.#shownAt = now;
    const text = sayProgress(state, now - this.#beganAt);
    this.#output.write(this.#output.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
  }

  /** Says something between two states of the bar. */
  say(text: string): void {
    this.#output.write(this.#output.isTTY ? `\r\u001b[2K${text}\n` : `${text}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#output.isTTY) this.#output.write('\r\u001b[2K');
  }
}

/** `[######------------------]  25 %  12.0 of 48.0 MB  81,234 readings/s  00:31 left`. */
export function sayProgress({ doneBytes, totalBytes, readings }: ProgressState, elapsedMs: number): string {
  const part = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
  const filled = Math.round(part * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
  const rate = elapsedMs > 0 ? Math.round((readings / elapsedMs) * 1_000) : 0;
  const left = part > 0 ? sayClock((elapsedMs / part) * (1 - part)) : '--:--';
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${bar} ${percent} %  ${sayMegabytes(doneBytes)} of ${sayMegabytes(totalBytes)} MB  ${rate.toLocaleString('en')} readings/s  ${left} left`;
}

function sayMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function sayClock(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return `${hours > 0 ? `${hours}:` : ''}${two(minutes)}:${two(seconds % 60)}`;
}
