/** The topic patterns that are understood, for schemas: `+name` and `+` take a whole level, `#` ends it. */
export const TOPIC_PATTERN = '^(?:(?:\\+(?:[A-Za-z]\\w*)?|[^+#/]*)/)*(?:#|\\+(?:[A-Za-z]\\w*)?|[^+#/]*)$';

/** What the named levels of a pattern held in one topic. */
export type Captures = ReadonlyMap<string, string>;

/** A compiled topic pattern. */
export interface TopicPattern {
  /** What is subscribed: the pattern without its names. */
  readonly filter: string;
  /** Names it captures, in order. */
  readonly names: readonly string[];
  /** The captures when the topic belongs to the pattern, else `null`. */
  match(topic: string): Captures | null;
}

/** Compiles a pattern; the schema has checked its form. */
export function compileTopic(pattern: string): TopicPattern {
  const levels = pattern.split('/');
  const filter = levels.map((level) => (level.startsWith('+') ? '+' : level)).join('/');
  const names = levels.filter((level) => /^\+./.test(level)).map((level) => level.slice(1));
  return { filter, names, match: (topic) => match(levels, topic) };
}

/**
 * Says whether every topic of filter `inner` belongs to filter `outer` too.
 * A filter that another one covers is not subscribed: a broker may send a message once per matching subscription.
 */
export function covers(outer: string, inner: string): boolean {
  const [wide, narrow] = [outer.split('/'), inner.split('/')];
  if (isWildcard(wide[0]) && narrow[0]?.startsWith('$')) return false;
  for (const [index, level] of wide.entries()) {
    if (level === '#') return true;
    const other = narrow[index];
    if (other === undefined || other === '#') return false;
    if (level !== '+' && level !== other) return false;
  }
  return wide.length === narrow.length;
}

function match(levels: readonly string[], topic: string): Captures | null {
  const parts = topic.split('/');
  // MQTT 3.1.1 §4.7.2: a wildcard at the start does not reach the broker's own `$…` topics.
  if (isWildcard(levels[0]) && topic.startsWith('$')) return null;
  const captures = new Map<string, string>();
  for (const [index, level] of levels.entries()) {
    if (level === '#') return captures; // also for the parent itself: §4.7.1.2
    const part = parts[index];
    if (part === undefined) return null;
    if (!level.startsWith('+')) {
      if (level !== part) return null;
    } else if (level.length > 1) {
      captures.set(level.slice(1), part);
    }
  }
  return levels.length === parts.length ? captures : null;
}

function isWildcard(level: string | undefined): boolean {
  return level === '#' || level?.startsWith('+') === true;
}
