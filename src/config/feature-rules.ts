import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { bearing } from '../../rules/bearing/index.ts';
import { featureTagsOf } from '../../rules/features/features.ts';
import { isoZone } from '../../rules/iso-zone/index.ts';
import { rotor } from '../../rules/rotor/index.ts';
import type { MeasuringPoint } from '../model/measuring-point.ts';
import type { JobPlan, Rule } from '../model/plant.ts';
import type { LoadContext } from './context.ts';
import { isUnset, placeOf } from './document.ts';
import { nearest } from './nearest.ts';

/**
 * Puts rules of methods that judge captures on the features of these: `on: pump-1.de` becomes the features of that point which the method
 * reads. Such rules get the plans of the jobs that their findings lead to.
 */
export function putOnFeatures(
  context: LoadContext,
  rules: readonly Rule[],
  {
    points,
    jobs,
    written,
  }: {
    readonly points: readonly MeasuringPoint[];
    readonly jobs: Readonly<Record<string, JobPlan>>;
    /** Ids of the rules in the plant file; one on a class is `<id>-<asset>` by now. */
    readonly written: readonly string[];
  },
): readonly Rule[] {
  return rules.map((rule) => {
    const features = context.detectors.find(({ kind }) => kind === rule.detect)?.features;
    if (features === undefined) return rule;
    const complain = (message: string, suggestion: string | null = null) => {
      const path = ['rules', written.find((id) => id === rule.id) ?? classRuleOf(rule.id, written), 'on'];
      if (isUnset(context.root, path)) return;
      context.report.problem({ at: placeOf(context.root, path), path, message, suggestion });
    };
    const [tag = ''] = rule.on;
    const point = points.find((each) => each.tag === tag);
    if (rule.on.length > 1) complain(`detect: ${rule.detect} judges one measuring point: write a rule for each`);
    else if (point === undefined)
      complain(
        `detect: ${rule.detect} judges waveforms, and waveforms has no point on ${tag}: write one, with unit and speed`,
        nearest(
          tag,
          points.map((each) => each.tag),
        ),
      );
    if (point === undefined || rule.on.length > 1) return rule;
    const names = featureTagsOf(point).map(({ name }) => name);
    const on = features.filter((name) => names.includes(name)).map((name) => `${tag}.${name}`);
    if (!names.includes(features[0]!)) {
      const lacks = features[0] === 'bearing' ? 'speed and bearing (or geometry, or ratios)' : 'speed';
      complain(
        `detect: ${rule.detect} needs more than ${point.kind === 'waveform' ? 'waveforms' : 'frames'}.${point.id} tells: acceleration, ${lacks}`,
      );
    }
    const settings = withZones(rule.with, point);
    return { ...rule, on, with: settings, workOrder: rule.workOrder && { ...rule.workOrder, jobs } };
  });
}

/** A rule of a pack on one point; `null` when the point does not tell what the method needs. */
export function putPointRule(
  id: string,
  detect: 'bearing' | 'rotor',
  point: MeasuringPoint,
  jobs: Readonly<Record<string, JobPlan>>,
): Rule | null {
  const { features = [], config } = detect === 'bearing' ? bearing : rotor;
  const names = featureTagsOf(point).map(({ name }) => name);
  if (!names.includes(features[0]!)) return null;
  return {
    id,
    on: features.filter((name) => names.includes(name)).map((name) => `${point.tag}.${name}`),
    detect,
    with: withDefaults(config, point),
    ...AS_PACKS_JUDGE,
    workOrder: { failureMode: 'VIB', jobs },
  };
}

/** Readings of which the baseline is made. */
const BASELINE_READINGS = 50;

/** The rule of a pack on the ISO zone of a point, and on its change from its own baseline; `null` when nobody told the machine's power. */
export function putZoneRule(id: string, point: MeasuringPoint): Rule | null {
  if (point.kind !== 'waveform' || point.zones === undefined) return null;
  return {
    id,
    on: [`${point.tag}.velocity_rms`],
    detect: 'iso-zone',
    with: { ...withDefaults(isoZone.config, point), learn: BASELINE_READINGS },
    ...AS_PACKS_JUDGE,
    workOrder: { failureMode: 'VIB' },
  };
}

const AS_PACKS_JUDGE = { when: null, onDelayMs: 0, offDelayMs: 0, priority: 'medium' } as const;

/** A detector's settings, which are a map, with the zones of the machine where they are known. */
function withDefaults(config: TSchema, point: MeasuringPoint): Rule['with'] {
  const zones = point.kind === 'waveform' ? point.zones : undefined;
  return Value.Default(config, { ...zones }) as Rule['with'];
}

/** A rule that names no group and no boundaries judges by the power that stands with the point. */
function withZones(settings: Rule['with'], point: MeasuringPoint): Rule['with'] {
  const zones = point.kind === 'waveform' ? point.zones : undefined;
  const isTold = settings['group'] !== undefined || settings['boundaries'] !== undefined;
  return zones === undefined || isTold ? settings : { ...settings, ...zones };
}

function classRuleOf(id: string, written: readonly string[]): string {
  const [longest = id] = written.filter((each) => id.startsWith(`${each}-`)).sort((a, b) => b.length - a.length);
  return longest;
}
