import type { Conditioning, MaxRate } from '../model/plant.ts';
import type { LoadContext } from './context.ts';
import { find, isUnset, placeOf } from './document.ts';
import type { TagDraft } from './sections.ts';
import { type Conversion, conversionBetween } from './unit-conversion.ts';
import { meantUnit } from './units.ts';

const PER_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000 };

/** How the values of a tag are prepared; `null`: they are taken as they are. */
export function readConditioning(context: LoadContext, path: readonly string[], draft: TagDraft): Conditioning | null {
  const linear = readLinear(context, path, draft);
  const maxRate = draft.maxRate === undefined ? null : rateOf(draft.maxRate);
  const { type } = draft;
  if (type === 'text') checkText(context, path, draft);
  if (linear === null && maxRate === null && type === undefined) return null;
  return { ...(type && { type }), ...(linear && { linear }), ...(maxRate && { maxRate }) };
}

/** Words are not measured in anything. */
function checkText(context: LoadContext, path: readonly string[], draft: TagDraft): void {
  for (const key of ['unit', 'sourceUnit', 'range', 'scale', 'offset'] as const) {
    const within = [...path, key];
    if (draft[key] === undefined || find(context.root, within) === null) continue;
    const message = `${key} in ${path.join('.')} is for numbers, and the tag holds texts: leave out ${key}, or type: text`;
    context.report.problem({ at: placeOf(context.root, within, 'key'), path: within, message });
  }
}

/** The deadband in the tag's unit: percent are of its range, as OPC UA's PercentDeadband is of EURange. */
export function readDeadband(context: LoadContext, path: readonly string[], { deadband = 0, range }: TagDraft): number {
  if (typeof deadband === 'number') return deadband;
  if (range) return (Number.parseFloat(deadband) / 100) * (range[1] - range[0]);
  const within = [...path, 'deadband'];
  const message = `deadband in ${path.join('.')} is in percent of the range, and the tag has none: add range, or write it in the tag's unit`;
  context.report.problem({ at: placeOf(context.root, within), path: within, message });
  return 0;
}

/** Scale, offset and conversion in one step: `(value * scale + offset) * factor + shift`. */
function readLinear(
  context: LoadContext,
  path: readonly string[],
  { unit, sourceUnit, scale = 1, offset = 0 }: TagDraft,
): Conversion | null {
  if (scale === 0) {
    const within = [...path, 'scale'];
    const message = `scale in ${path.join('.')} must not be 0: every value would be the same`;
    context.report.problem({ at: placeOf(context.root, within), path: within, message });
  }
  const conversion = sourceUnit === undefined ? null : readConversion(context, path, { unit, sourceUnit });
  const { factor, offset: shift } = conversion ?? { factor: 1, offset: 0 };
  const linear = { factor: scale * factor, offset: offset * factor + shift };
  return linear.factor === 1 && linear.offset === 0 ? null : linear;
}

function readConversion(
  context: LoadContext,
  path: readonly string[],
  { unit, sourceUnit }: { readonly unit: string | undefined; readonly sourceUnit: string },
): Conversion | null {
  const within = [...path, 'sourceUnit'];
  const at = placeOf(context.root, within);
  if (isUnset(context.root, within)) return null;
  if (unit === undefined) {
    const message = `sourceUnit in ${path.join('.')} needs a unit to convert to`;
    context.report.problem({ at, path: within, message });
    return null;
  }
  if (isUnset(context.root, [...path, 'unit'])) return null;
  const found = conversionBetween(sourceUnit, unit);
  if ('factor' in found) return found;
  const message =
    'apart' in found
      ? `sourceUnit "${sourceUnit}" in ${path.join('.')} cannot be converted to "${unit}": the one is ${found.apart[0]}, the other ${found.apart[1]}`
      : `sourceUnit "${sourceUnit}" in ${path.join('.')} cannot be converted to "${unit}": "${found.unknown}" is not a UCUM code that can be converted here`;
  const suggestion = 'unknown' in found ? meantUnit(found.unknown) : null;
  context.report.problem({ at, path: within, message, suggestion });
  return null;
}

/** Of the form that the schema demands. */
function rateOf(text: string): MaxRate {
  const [count, per = 's'] = text.split('/');
  return { count: Number(count), perMs: PER_MS[per] ?? 1_000 };
}
