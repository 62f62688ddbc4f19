import type { JobPlan } from '../../src/model/plant.ts';

const LOCK = 'Lock out and tag out the drive, and prove that it is dead.';

/**
 * What to do about each fault that a method can name. ISO 14224:2016 failure modes (table B.6): VIB vibration, NOI noise, OHE
 * overheating. The steps are ours: a plant's own in `jobs:` take their place.
 */
export const jobPlans: Readonly<Record<string, JobPlan>> = {
  'bearing-outer': {
    title: 'replace the bearing (outer race)',
    failureMode: 'VIB',
    steps: [
      'Listen at the housing and take a second waveform in the load zone: the alert names the frequency to look for.',
      'Check the grease: amount, age, water. Regreasing quietens a damaged bearing for days only.',
      'Reserve the bearing and its seals; plan the change at the next stop, or at once when the alert says severe.',
      LOCK,
      'Replace the bearing; keep the old one, and look at its outer race for fatigue, current marks or a wrong fit.',
      'Check the seat and the alignment, grease, run for an hour and take a waveform as the new baseline.',
    ],
  },
  'bearing-inner': {
    title: 'replace the bearing (inner race)',
    failureMode: 'VIB',
    steps: [
      'Take a second waveform: sidebands at the speed of the shaft confirm the inner race.',
      'Reserve the bearing and its seals; an inner race grows faster than an outer one.',
      LOCK,
      'Replace the bearing; look at the inner race, the fit on the shaft and the balance.',
      'Check the alignment, grease, run for an hour and take a waveform as the new baseline.',
    ],
  },
  'bearing-ball': {
    title: 'inspect the bearing (rolling element or dirt)',
    failureMode: 'VIB',
    steps: [
      'Take a grease or oil sample: particles tell dirt from a damaged ball.',
      'Flush and regrease when it is dirt, and find where that comes in: seal, breather, grease gun.',
      'Take a waveform after a day. If the impacts are back, reserve the bearing.',
      LOCK,
      'Replace the bearing; look at the rolling elements and the cage.',
    ],
  },
  imbalance: {
    title: 'balance the rotor',
    failureMode: 'VIB',
    steps: [
      'Measure the phase at both bearings: 90° between horizontal and vertical is imbalance, 180° between the ends a bent shaft.',
      LOCK,
      'Clean the rotor, and look for build-up, lost weights, worn or broken blades.',
      'Balance in place in one or two planes to grade G 6.3 (ISO 21940-11), or as the maker says.',
      'Run at load and take a waveform as the new baseline.',
    ],
  },
  misalignment: {
    title: 'align the coupling',
    failureMode: 'VIB',
    steps: [
      'Measure the phase across the coupling: 180° is misalignment. Feel for a warm coupling or a warm bearing beside it.',
      LOCK,
      'Check for soft foot, one bolt at a time, and for strain from pipes.',
      'Look at the coupling element, and replace it when it is worn.',
      'Align with a laser, cold values corrected for thermal growth; write down what was found and what was left.',
      'Run at load and take a waveform as the new baseline.',
    ],
  },
  looseness: {
    title: 'find what is loose',
    failureMode: 'VIB',
    steps: [
      'Measure foot, base plate and foundation one after another: where the level jumps, it is loose.',
      LOCK,
      'Tighten with a torque wrench as the maker says; look for cracks in feet, base plate and grout.',
      'Check the fit of bearings in their housings and of the impeller on the shaft.',
      'Run at load and take a waveform as the new baseline.',
    ],
  },
  gear: {
    title: 'inspect the gear',
    failureMode: 'VIB',
    steps: [
      'Take an oil sample: iron and particles confirm wear.',
      'Take a waveform at full load: the spacing of the sidebands names the wheel.',
      LOCK,
      'Open the inspection cover; look at the teeth for pitting, scuffing and cracks, and at the pattern of contact.',
      'Check backlash, oil level and filter. Plan the change of the wheel by what was found.',
    ],
  },
  vanes: {
    title: 'check the hydraulics of the pump (vane pass)',
    failureMode: 'VIB',
    steps: [
      'Read flow and head, and compare with the curve: vane pass grows away from the best point.',
      'Move the flow towards the best point while you measure; if the line falls, the point of work is the cause.',
      'Look at the pipes for a resonance: tap them, or change the speed by a few percent.',
      LOCK,
      'Open the pump; look at the vanes, the gap to the tongue of the volute, and the centring of the impeller.',
    ],
  },
  cavitation: {
    title: 'stop the cavitation of the pump',
    failureMode: 'VIB',
    steps: [
      'Listen: it sounds like gravel. Throttle the discharge a little; if the noise falls, it is cavitation.',
      'Check level, suction valve and strainer, and the temperature of the liquid: read the suction pressure.',
      'Compare the net positive suction head with what the pump needs at this flow.',
      'Look for air in the suction: seals, flanges, vortex over the inlet.',
      'At the next stop look at the inlet of the vanes for pitting.',
    ],
  },
  electrical: {
    title: 'check the motor electrically',
    failureMode: 'VIB',
    steps: [
      'Cut the power while you measure: what is gone at once is electrical.',
      'Measure voltage and current of all phases: an imbalance of voltage above 1 % or of current above 10 % is the cause or shows it.',
      LOCK,
      'Check connections, winding resistance and insulation; check soft foot, which bends the air gap.',
      'Look at the rotor for broken bars when sidebands stand beside the speed.',
    ],
  },
};
