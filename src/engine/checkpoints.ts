import type { Clock } from '../model/clock.ts';
import type { PlanInForce } from '../model/judged-plant.ts';
import type { EpochMs } from '../model/reading.ts';
import { type Database, errorCode } from '../store/database.ts';
import { type StoredCell, storeCheckpoint } from '../store/engine-checkpoints.ts';
import { type CellSnapshot, type EngineSnapshot, planCell } from './snapshot.ts';

/** A crash replays at most this much. */
export const CHECKPOINT_EVERY_MS = 5_000;
/** Cells are written out in pieces of about this size: a few ms of work between two looks at the log. */
const PIECE_CHARACTERS = 256 * 1_024;

/** What changed since the last one, and where in the log that was. */
export interface Changes {
  readonly position: number;
  readonly state: EngineSnapshot;
  /** By which the cells are divided; another one than last time comes with all cells. */
  readonly plan: PlanInForce;
  /** End of the last record whose transitions it has behind it: they must be safe before it replaces finding them again. */
  readonly after: number;
}

/** What checkpoints need. */
export interface CheckpointsOptions {
  readonly database: Database;
  readonly logId: string;
  /** Where the log was taken up. */
  readonly position: number;
  readonly clock: Clock;
  readonly onSaved: (position: number) => void;
  /** Called when trouble begins and whenever its code changes: one failure is one line. */
  readonly onTrouble: (code: string, error: unknown) => void;
}

/**
 * Saves the engine's memory now and then, beside its work: a database that is away costs only a longer replay. Copies what
 * changed at one moment of the log, then writes it piece by piece while the engine goes on; the first one replaces all that
 * an earlier run has left.
 */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  #position: number;
  #takenAt: EpochMs;
  #taken: Changes | null = null;
  #saving: Promise<void> | null = null;
  /** By asset and part: copied, but not in the database yet. */
  #unsaved = new Map<string, CellSnapshot>();
  #trouble: string | null = null;
  #replaces: 'everything' | 'cells' = 'everything';
  #version: string | null = null;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#takenAt = options.clock.now();
  }

  /** Takes what changed when it is time for that. */
  take(changes: () => Changes): void {
    const now = this.#options.clock.now();
    if (this.#taken || this.#saving !== null || now - this.#takenAt < CHECKPOINT_EVERY_MS) return;
    this.#takenAt = now;
    this.#take(changes);
  }

  /** True when there is something since the last checkpoint. */
  isBehind(position: number): boolean {
    return position > this.#position;
  }

  /** Begins to store what was taken, once the transitions up to `recorded` include all it has behind it. */
  save(recorded: number): void {
    if (!this.#taken || recorded < this.#taken.after || this.#saving !== null) return;
    const taken = this.#taken;
    this.#taken = null;
    this.#saving = this.#store(taken).finally(() => {
      this.#saving = null;
    });
  }

  /** Stores what changed up to the end. */
  async saveLast(changes: () => Changes, recorded: number): Promise<void> {
    await this.#saving;
    this.#take(changes);
    if (this.#taken && recorded >= this.#taken.after) await this.#store(this.#taken);
  }

  #take(changes: () => Changes): void {
    const taken = changes();
    if (taken.plan.version !== this.#version) {
      this.#version = taken.plan.version;
      this.#replaces = 'everything';
      this.#unsaved.clear();
    }
    for (const cell of taken.state.cells) this.#unsaved.set(`${cell.asset}|${cell.part}`, cell);
    if (taken.position > this.#position) this.#taken = taken;
  }

  async #store({ position, plan, state: { cells: _, ...head } }: Changes): Promise<void> {
    const { database, logId, clock, onSaved, onTrouble } = this.#options;
    const cells = this.#unsaved;
    this.#unsaved = new Map();
    try {
      const at = clock.now();
      const replaces = this.#replaces;
      const stored = replaces === 'everything' ? [planCell(plan), ...cells.values()] : cells.values();
      await storeCheckpoint(database, { logId, position, at, state: head, replaces, cells: inPieces(stored) });
      this.#replaces = 'cells';
      this.#position = position;
      this.#trouble = null;
      onSaved(position);
    } catch (error) {
      // Whatever the reason: the engine goes on, and the next one tries all of it again.
      const code = errorCode(error) || 'database_unreachable';
      if (code !== this.#trouble) onTrouble(code, error);
      this.#trouble = code;
      // A newer copy of the same cell may have been taken meanwhile.
      this.#unsaved = new Map([...cells, ...this.#unsaved]);
    }
  }
}

function* inPieces(cells: Iterable<CellSnapshot>): Generator<readonly StoredCell[]> {
  let piece: StoredCell[] = [];
  let characters = 0;
  for (const cell of cells) {
    const state = JSON.stringify(cell);
    piece.push({ asset: cell.asset, part: cell.part, state });
    characters += state.length;
    if (characters < PIECE_CHARACTERS) continue;
    yield piece;
    piece = [];
    characters = 0;
  }
  if (piece.length > 0) yield piece;
}
