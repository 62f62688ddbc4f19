/** Which parts of a line name what. */
export interface LineNames {
  /** Line protocol tag that names the asset; `host` serves when it is not there. */
  readonly asset: string;
  /** Line protocol tag that names the signal; the measurement serves when it is not there. */
  readonly tag: string;
  /** Field that is the signal itself; any other field is `<signal>.<field>`. */
  readonly value: string;
}

const SPACE = 0x20;

/** Heads, and fields of all of them together, that are remembered; a sender that invents them must not fill the memory. */
const REMEMBERED = 10_000;
/** Longer ones are read anew each time. */
const LONGEST_REMEMBERED = 200;

/** What the head of a line (`measurement,tag=value`) says. */
export interface LineHead {
  readonly text: string;
  /** The field that is the signal itself. */
  readonly valueField: string;
  /** The tag that a field is a reading of: the same text each time, which the rest of the line looks up faster. */
  tagOf(field: string): string;
}

/** Reads the heads of lines, each only once: a machine sends the same ones over and over. */
export class LineHeads {
  readonly #names: LineNames;
  readonly #known = new Map<string, LineHead>();
  readonly #room = { fields: REMEMBERED };
  /** The one that was read last, when it is remembered, and which one came after each. */
  #last: LineHead | null = null;
  #after = new Map<LineHead, LineHead>();

  constructor(names: LineNames) {
    this.#names = names;
  }

  /** The head a line begins with, when it came after the last one the time before, too: nothing is cut out and looked up. */
  guess(line: string): LineHead | null {
    const head = this.#last === null ? undefined : this.#after.get(this.#last);
    if (head === undefined || line.charCodeAt(head.text.length) !== SPACE || !line.startsWith(head.text)) return null;
    this.#last = head;
    return head;
  }

  /** What a head says, or why it can't be read. */
  read(head: string): LineHead | string {
    const known = this.#known.get(head);
    if (known !== undefined) return this.#follow(known);
    const own = copyOf(head);
    const signal = readSignal(own, this.#names);
    if (typeof signal === 'string') return signal;
    const read = headOf(own, signal, this.#names, this.#room);
    if (own.length > LONGEST_REMEMBERED) return read;
    if (this.#known.size >= REMEMBERED) {
      this.#known.clear();
      this.#after.clear();
      this.#last = null;
      this.#room.fields = REMEMBERED;
    }
    this.#known.set(own, read);
    return this.#follow(read);
  }

  #follow(head: LineHead): LineHead {
    if (this.#last !== null) this.#after.set(this.#last, head);
    this.#last = head;
    return head;
  }
}

interface Signal {
  readonly owner: string;
  readonly signal: string;
}

/** A slice would keep the whole body that it was cut from. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

function headOf(text: string, { owner, signal }: Signal, names: LineNames, room: { fields: number }): LineHead {
  const own = `${owner}.${signal}`;
  const others = new Map<string, string>();
  return {
    text,
    valueField: names.value,
    tagOf: (field) => {
      if (field === names.value) return own;
      const known = others.get(field);
      if (known !== undefined) return known;
      const name = copyOf(field);
      const tag = `${own}.${name}`;
      if (name.length <= LONGEST_REMEMBERED && room.fields > 0) {
        room.fields--;
        others.set(name, tag);
      }
      return tag;
    },
  };
}

function readSignal(head: string, names: LineNames): Signal | string {
  const find = finderFor(head);
  const [measurement, ...tagPairs] = splitBare(head, ',');
  let asset: string | undefined;
  let host: string | undefined;
  let signal = withoutEscapes(measurement ?? '');
  for (const pair of tagPairs) {
    const equals = find(pair, '=', 0);
    if (equals < 1 || equals === pair.length - 1) return 'a tag is "name=value"';
    const name = withoutEscapes(pair.slice(0, equals));
    const value = withoutEscapes(pair.slice(equals + 1));
    if (name === names.asset) asset = value;
    else if (name === names.tag) signal = value;
    else if (name === 'host') host = value;
  }
  const owner = asset ?? host;
  if (owner === undefined) return `the line has neither a tag "${names.asset}" nor "host" that names the asset`;
  if (signal === '') return 'the line has no measurement';
  return { owner, signal };
}

/** Splits at bare separators. */
function splitBare(text: string, separator: string): string[] {
  const find = finderFor(text);
  const parts: string[] = [];
  let start = 0;
  for (let end = find(text, separator, 0); end >= 0; end = find(text, separator, start)) {
    parts.push(text.slice(start, end));
    start = end + 1;
  }
  parts.push(text.slice(start));
  return parts;
}

/** Finds the first place of a character from a start on; −1 when there is none. */
export type Find = (text: string, wanted: string, start: number) => number;

/** How to find what no backslash stands before in `text`: nearly all texts have none, and are searched much faster. */
export function finderFor(text: string): Find {
  return text.includes('\\') ? findBare : findAny;
}

const findAny: Find = (text, wanted, start) => text.indexOf(wanted, start);

const findBare: Find = (text, wanted, start) => {
  for (let i = start; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === wanted) return i;
  }
  return -1;
};

/** Undoes escaped commas, blanks and equals signs. */
export function withoutEscapes(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\([, =])/g, '$1') : text;
}
