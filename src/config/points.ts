import { type Static, Type } from 'typebox';
import { bearingOf } from '../../rules/bearing/catalogue.ts';
import { type FaultRatios, ratiosOf, refuseRatios } from '../../rules/bearing/geometry.ts';
import { featureTagsOf } from '../../rules/features/features.ts';
import { zonesOf } from '../../rules/iso-zone/group.ts';
import { duration } from '../model/duration.ts';
import type { FramePoint, MeasuringPoint, SpeedSource, WaveformPoint } from '../model/measuring-point.ts';
import type { Tag } from '../model/plant.ts';
import { WAVEFORM_UNITS } from '../model/waveform.ts';
import { bearingNames, meantBearing } from './bearing-names.ts';
import type { LoadContext } from './context.ts';
import { isUnset, placeOf } from './document.ts';
import { nearest } from './nearest.ts';
import type { Path } from './problems.ts';

const On = Type.String({
  minLength: 1,
  description: 'The tag that the captures come to, as asset.name.',
  examples: ['pump-1.de'],
});

const Ratio = (of: string) =>
  Type.Number({ exclusiveMinimum: 0, description: `${of} over the frequency of the shaft.` });

/** What is known of the machine where waveforms are taken. */
export const WaveformSection = Type.Object(
  {
    on: On,
    unit: Type.Union(
      WAVEFORM_UNITS.map((unit) => Type.Literal(unit)),
      { description: 'UCUM code of the samples; a waveform of another quantity is refused.', examples: ['m/s2'] },
    ),
    speed: Type.Optional(
      Type.Union([Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 }), Type.String({ minLength: 1 })], {
        description:
          'Speed of the shaft: /min, or the tag that tells it; without it nothing is judged that depends on it.',
        examples: [1480, 'pump-1.speed'],
      }),
    ),
    speedWithin: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '2m',
        description: 'How far from the waveform a reading of the speed may lie; farther, and the speed is not known.',
      }),
    ),
    bearing: Type.Optional(
      Type.String({
        minLength: 1,
        'x-names': bearingNames,
        description: `Bearing at this place by its designation: ${bearingNames.join(', ')}; of others write geometry or ratios.`,
        examples: ['6205-2RS'],
      }),
    ),
    geometry: Type.Optional(
      Type.Object(
        {
          elements: Type.Integer({ minimum: 3, maximum: 200, description: 'Rolling elements in one row.' }),
          elementDiameter: Type.Number({ exclusiveMinimum: 0, description: 'Their diameter, mm.' }),
          pitchDiameter: Type.Number({
            exclusiveMinimum: 0,
            description: 'Diameter of the circle of their centres, mm.',
          }),
          contactDegrees: Type.Number({ minimum: 0, maximum: 89, default: 0, description: 'Contact angle, degrees.' }),
        },
        { additionalProperties: false, description: 'The bearing by its inner geometry.' },
      ),
    ),
    ratios: Type.Optional(
      Type.Object(
        { bpfo: Ratio('BPFO'), bpfi: Ratio('BPFI'), bsf: Ratio('BSF'), ftf: Ratio('FTF') },
        { additionalProperties: false, description: 'The bearing by its fault frequencies, as makers give them.' },
      ),
    ),
    teeth: Type.Optional(
      Type.Integer({ minimum: 3, maximum: 2_000, description: 'Teeth of the wheel on this shaft.', examples: [31] }),
    ),
    vanes: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 100,
        description: 'Vanes of the impeller on this shaft: with them vane pass and cavitation are looked for.',
        examples: [7],
      }),
    ),
    power: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'Rated power of the machine, kW: with it the pack of its class judges by ISO zones.',
        examples: [90],
      }),
    ),
    foundation: Type.Union([Type.Literal('rigid'), Type.Literal('flexible')], {
      default: 'rigid',
      description: 'How the machine stands, for its ISO zones; goes with power.',
    }),
    line: Type.Optional(
      Type.Number({ minimum: 10, maximum: 400, description: 'Frequency of the mains of a motor, Hz.', examples: [50] }),
    ),
  },
  { additionalProperties: false },
);

const Pixels = (description: string, minimum: number) => Type.Integer({ minimum, maximum: 640, description });

/** Which parts of thermal frames are watched. */
export const FrameSection = Type.Object(
  {
    on: On,
    regions: Type.Record(
      Type.String({ pattern: '^[a-z0-9-]{1,60}$' }),
      Type.Object(
        {
          x: Pixels('Left edge, pixels from the left.', 0),
          y: Pixels('Upper edge, pixels from the top.', 0),
          width: Pixels('Pixels.', 1),
          height: Pixels('Pixels.', 1),
        },
        { additionalProperties: false },
      ),
      {
        additionalProperties: false,
        default: {},
        description:
          'Rectangles by name; each becomes the tags name.max, name.mean and name.rise below that of the frames.',
        'x-keys': 'names of regions are made of a-z, 0-9 and "-"',
      },
    ),
  },
  { additionalProperties: false },
);

export type WaveformDraft = Partial<Static<typeof WaveformSection>>;
export type FrameDraft = Partial<Static<typeof FrameSection>>;

/** The points of a plant, and the tags that their captures become. */
export interface ReadPoints {
  readonly points: readonly MeasuringPoint[];
  /** All tags, those of `tags` first. */
  readonly tags: ReadonlyMap<string, Tag>;
}

/** Checks what points refer to (tags, bearings) and gives their features tags of their own. */
export function readPoints(
  context: LoadContext,
  draft: {
    readonly waveforms?: Readonly<Record<string, WaveformDraft>>;
    readonly frames?: Readonly<Record<string, FrameDraft>>;
  },
  tags: ReadonlyMap<string, Tag>,
): ReadPoints {
  const waveforms = Object.entries(draft.waveforms ?? {}).map(([id, each]) => waveformPoint(context, id, each, tags));
  const frames = Object.entries(draft.frames ?? {}).map(([id, each]) => framePoint(context, id, each, tags));
  const points: MeasuringPoint[] = [...waveforms, ...frames];
  const all = new Map(tags);
  const taken = new Map<string, string>();
  for (const point of points) {
    const path: Path = [point.kind === 'waveform' ? 'waveforms' : 'frames', point.id, 'on'];
    const other = taken.get(point.tag);
    if (other !== undefined) complain(context, path, `${other} is on ${point.tag} already: a tag has one point`);
    taken.set(point.tag, path.slice(0, 2).join('.'));
    const asset = tags.get(point.tag)?.asset;
    if (asset === undefined) continue;
    for (const { name, unit } of featureTagsOf(point)) {
      const own = `${point.tag}.${name}`;
      if (tags.has(own)) complain(context, path, `its feature ${own} is a tag of the plant file already: rename that`);
      else all.set(own, { name: own, asset, unit, source: null, range: null, deadband: 0, heartbeatMs: 60_000 });
    }
  }
  return { points, tags: all };
}

function waveformPoint(
  context: LoadContext,
  id: string,
  draft: WaveformDraft,
  tags: ReadonlyMap<string, Tag>,
): WaveformPoint {
  const path = ['waveforms', id];
  checkOn(context, [...path, 'on'], draft.on, tags);
  return {
    kind: 'waveform',
    id,
    tag: draft.on ?? '',
    unit: draft.unit ?? '',
    speed: speedOf(context, path, draft, tags),
    bearing: ratiosFrom(context, path, draft),
    teeth: draft.teeth ?? null,
    lineHz: draft.line ?? null,
    vanes: draft.vanes ?? null,
    ...(draft.power !== undefined && { zones: zonesOf(draft.power, draft.foundation ?? 'rigid') }),
  };
}

function framePoint(context: LoadContext, id: string, draft: FrameDraft, tags: ReadonlyMap<string, Tag>): FramePoint {
  checkOn(context, ['frames', id, 'on'], draft.on, tags);
  // The shape pass leaves out what is wrong, and a plant with problems is never handed out.
  const regions = Object.entries(draft.regions ?? {}).map(([name, region]) => ({ ...region, name }));
  return { kind: 'thermalFrame', id, tag: draft.on ?? '', regions };
}

/** Units of speed, and what one of each is in Hz. */
const HZ_PER: ReadonlyMap<string, number> = new Map([
  ['/min', 1 / 60],
  ['{rev}/min', 1 / 60],
  ['Hz', 1],
  ['/s', 1],
]);

function speedOf(
  context: LoadContext,
  path: Path,
  { speed, speedWithin = 0 }: WaveformDraft,
  tags: ReadonlyMap<string, Tag>,
): SpeedSource | null {
  if (speed === undefined) return null;
  if (typeof speed === 'number') return { kind: 'constant', shaftHz: speed / 60 };
  const within = [...path, 'speed'];
  const tag = checkOn(context, within, speed, tags);
  if (tag === undefined) return null;
  const hzPerUnit = HZ_PER.get(tag.unit ?? '');
  if (hzPerUnit === undefined)
    complain(
      context,
      within,
      `${speed} is in ${tag.unit ?? 'no unit that anybody told'}, and a speed is in ${[...HZ_PER.keys()].join(', ')}`,
    );
  return { kind: 'tag', tag: speed, hzPerUnit: hzPerUnit ?? 0, withinMs: speedWithin };
}

function ratiosFrom(context: LoadContext, path: Path, draft: WaveformDraft): FaultRatios | null {
  const { bearing, geometry, ratios } = draft;
  const given = Object.entries({ bearing, geometry, ratios }).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    complain(
      context,
      [...path, given[1]![0]],
      `needs one of bearing, geometry and ratios, not ${given.length} of them`,
    );
  if (bearing !== undefined) {
    const known = bearingOf(bearing);
    if (known !== undefined) return ratiosOf(known);
    const meant = meantBearing(bearing);
    const list = meant === null ? `, which has ${bearingNames.join(', ')}` : '';
    const message = `bearing "${bearing}" is not in the catalogue${list}: write its geometry or its ratios`;
    complain(context, [...path, 'bearing'], message, meant);
    return null;
  }
  const found = ratios ?? (geometry === undefined ? null : ratiosOf(geometry));
  const refusal = found === null ? null : refuseRatios(found);
  if (refusal !== null) complain(context, [...path, ratios === undefined ? 'geometry' : 'ratios'], refusal);
  return found;
}

function checkOn(
  context: LoadContext,
  path: Path,
  name: string | undefined,
  tags: ReadonlyMap<string, Tag>,
): Tag | undefined {
  if (name === undefined || isUnset(context.root, path)) return undefined;
  const tag = tags.get(name);
  if (tag === undefined)
    complain(context, path, `unknown tag "${name}" in ${path.slice(0, 2).join('.')}`, nearest(name, tags.keys()));
  return tag;
}

function complain({ root, report }: LoadContext, path: Path, message: string, suggestion: string | null = null): void {
  report.problem({ at: placeOf(root, path), path, message, suggestion });
}
