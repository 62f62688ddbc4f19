import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/value';
import { AdapterError, type EpochMs } from '../adapter.ts';

const FILE = 'history.json';
/** A tag with more gaps than this has the oldest two joined: what lies between them is read twice. */
const MAX_PER_TAG = 4;

/** What is missing of a tag: everything after `from` and before `to`. `to` is `null` until the first live value tells. */
export interface Gap {
  readonly tag: string;
  from: EpochMs;
  to: EpochMs | null;
}

const Stored = Type.Object({
  gaps: Type.Array(
    Type.Object({ tag: Type.String(), from: Type.Number(), to: Type.Union([Type.Number(), Type.Null()]) }),
  ),
  /** When a tag, or with `''` the server, was last asked and had no history, EpochMs. */
  without: Type.Record(Type.String(), Type.Number()),
});

/** What is missing, kept in the folder of the source: a gap must outlive a second outage and a restart. */
export class Gaps {
  readonly #path: string;
  readonly #directory: string;
  readonly #byTag: Map<string, Gap[]>;
  readonly without: Map<string, EpochMs>;
  #isChanged = false;
  #saving: Promise<void> = Promise.resolve();

  private constructor(directory: string, stored: Static<typeof Stored>) {
    this.#directory = directory;
    this.#path = join(directory, FILE);
    this.#byTag = new Map();
    for (const gap of stored.gaps) this.#byTag.set(gap.tag, [...this.of(gap.tag), gap]);
    this.without = new Map(Object.entries(stored.without));
  }

  /** Reads what an earlier run left; a file that is no longer readable counts as none. */
  static async open(directory: string): Promise<Gaps> {
    const stored = await readStored(join(directory, FILE));
    return new Gaps(directory, stored ?? { gaps: [], without: {} });
  }

  all(): Gap[] {
    return [...this.#byTag.values()].flat();
  }

  of(tag: string): readonly Gap[] {
    return this.#byTag.get(tag) ?? [];
  }

  add(gap: Gap): void {
    const gaps = [...this.of(gap.tag), gap];
    if (gaps.length > MAX_PER_TAG) {
      const [first, second, ...rest] = gaps;
      gaps.splice(0, gaps.length, { ...second!, from: first!.from }, ...rest);
    }
    this.#byTag.set(gap.tag, gaps);
    this.#isChanged = true;
  }

  remove(gap: Gap): void {
    const left = this.of(gap.tag).filter((each) => each !== gap);
    if (left.length === 0) this.#byTag.delete(gap.tag);
    else this.#byTag.set(gap.tag, left);
    this.#isChanged = true;
  }

  /** Says that a gap was narrowed or a tag found to have no history. */
  changed(): void {
    this.#isChanged = true;
  }

  /** Writes the file if anything changed since; one after the other. */
  save(): Promise<void> {
    const before = this.#saving.catch(() => undefined); // who asked for that one was told
    this.#saving = before.then(() => this.#write());
    return this.#saving;
  }

  async #write(): Promise<void> {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const stored: Static<typeof Stored> = { gaps: this.all(), without: Object.fromEntries(this.without) };
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFile(`${this.#path}.part`, JSON.stringify(stored), { mode: 0o600, flush: true });
      await rename(`${this.#path}.part`, this.#path);
    } catch (cause) {
      const message = `cannot keep in ${this.#directory} what is to be read back from history`;
      throw new AdapterError('directory_unusable', message, { cause });
    }
  }
}

async function readStored(path: string): Promise<Static<typeof Stored> | null> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Check(Stored, content) ? content : null;
  } catch {
    return null; // not there yet, or damaged: the newest stored readings still tell the newest gap
  }
}
