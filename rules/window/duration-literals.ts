/** A text whose durations (`10m`) are written as CEL has them, and where its characters come from. */
export interface Rewritten {
  readonly text: string;
  /** Offset in the text as it was written of an offset in this one. */
  origin(offset: number): number;
}

/** Texts in quotes, or a duration that stands alone. CEL itself has no such literal, so nothing else is meant by it. */
const PIECE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![\w.])\d+(?:\.\d+)?(?:ms|[smhdw])(?![\w.])/g;

const HOURS: Readonly<Record<string, number>> = { d: 24, w: 168 };

/** Makes `duration("600s")` of `10m` and `duration("168h")` of `7d`, outside quotes. */
export function rewriteDurations(text: string): Rewritten {
  const changes: { readonly from: number; readonly to: number; readonly newFrom: number; readonly newTo: number }[] =
    [];
  let shift = 0;
  const rewritten = text.replace(PIECE, (piece: string, at: number) => {
    if (piece.startsWith('"') || piece.startsWith("'")) return piece;
    const said = `duration("${inCel(piece)}")`;
    changes.push({ from: at, to: at + piece.length, newFrom: at + shift, newTo: at + shift + said.length });
    shift += said.length - piece.length;
    return said;
  });
  return {
    text: rewritten,
    origin: (offset) => {
      let before = 0;
      for (const { from, to, newFrom, newTo } of changes) {
        if (offset < newFrom) break;
        if (offset < newTo) return from;
        before = newTo - to;
      }
      return offset - before;
    },
  };
}

/** CEL's durations end with hours. */
function inCel(duration: string): string {
  const hours = HOURS[duration.at(-1) ?? ''];
  return hours === undefined ? duration : `${Number(duration.slice(0, -1)) * hours}h`;
}
