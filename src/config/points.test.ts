import { describe, expect, it } from 'vitest';
import { bearingNames } from './bearing-names.ts';
import { loadText } from './cases/load-text.ts';
import { problemsOf } from './cases/mutate.ts';
import { formatProblem } from './problems.ts';

const HEAD = `plant: test
adapters:
  push: { kind: http }
assets:
  pump-1:
    tags:
      de: { unit: m/s2, from: push }
      speed: { unit: /min, from: push }
      load: { unit: "%", from: push }
      camera: { unit: Cel, from: push }
`;

function plantOf(text: string) {
  const loaded = loadText(HEAD + text);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.plant;
}

const problems = (text: string) => problemsOf(HEAD + text).map(formatProblem);
const waveforms = (settings: string) => `waveforms:\n  de: { on: pump-1.de, unit: m/s2, ${settings} }\n`;

describe('a point where waveforms are taken', () => {
  it('gives their features tags of their own, with units', () => {
    const { tags, points } = plantOf(
      waveforms('speed: pump-1.speed, bearing: 6205-2RS, teeth: 31, line: 50, vanes: 7'),
    );
    const units = new Map(tags.map(({ name, unit }) => [name, unit]));
    expect(units.get('pump-1.de.velocity_rms')).toBe('mm/s');
    expect(units.get('pump-1.de.bpfo')).toBeNull();
    expect(tags.filter(({ name }) => name.startsWith('pump-1.de.')).every(({ asset }) => asset === 'pump-1')).toBe(
      true,
    );
    expect(points).toMatchObject([
      {
        speed: { kind: 'tag', tag: 'pump-1.speed', hzPerUnit: 1 / 60, withinMs: 120_000 },
        teeth: 31,
        lineHz: 50,
        vanes: 7,
      },
    ]);
    expect(points?.[0]?.kind === 'waveform' && points[0].bearing?.bpfo).toBeCloseTo(3.5848, 4);
  });

  it('may know the bearing by its geometry or its ratios, and the speed as a number', () => {
    const geometry = plantOf(
      waveforms('speed: 1470, geometry: { elements: 9, elementDiameter: 7.94, pitchDiameter: 39.04 }'),
    ).points;
    expect(geometry).toMatchObject([
      { speed: { kind: 'constant', shaftHz: 24.5 }, bearing: { bpfi: expect.closeTo(5.4152, 4) } },
    ]);
    const ratios = '{ bpfo: 3.6, bpfi: 5.4, bsf: 2.4, ftf: 0.4 }';
    expect(plantOf(waveforms(`ratios: ${ratios}`)).points).toMatchObject([{ speed: null, bearing: { bpfo: 3.6 } }]);
  });

  it('is told what is wrong with it, and what was probably meant', () => {
    const said = [
      problems(waveforms('bearing: 6306')),
      problems(waveforms('bearing: 6205-2RZ')),
      problems(waveforms('bearing: SKF6205')),
      problems(waveforms('bearing: 7314 BECBM')),
      problems(waveforms('speed: pump-1.sped')),
      problems(waveforms('speed: pump-1.load')),
      problems(waveforms('ratios: { bpfo: 5.4, bpfi: 3.6, bsf: 2.4, ftf: 0.4 }')),
      problems(waveforms('bearing: 6205-2RS, ratios: { bpfo: 3.6, bpfi: 5.4, bsf: 2.4, ftf: 0.4 }')),
      problems('waveforms:\n  de: { on: pump-1.de, unit: m/s }\n'),
      problems('waveforms:\n  de: { on: pump-1.de }\n'),
    ];
    expect(said.map((each) => each[0]?.replace(/^plant\.yaml:\d+:\d+:? ?/, ''))).toEqual([
      `bearing in waveforms.de must be text, not the number 6306: put it in quotes; there are ${bearingNames.join(', ')}`,
      'bearing "6205-2RZ" is not in the catalogue: write its geometry or its ratios; did you mean "6205-2RS"?',
      'bearing "SKF6205" is not in the catalogue: write its geometry or its ratios; did you mean "6205-2RS"?',
      'bearing "7314 BECBM" is not in the catalogue, which has 6205-2RS, 6203-2RS, ZA-2115, NICE: write its geometry or its ratios',
      'unknown tag "pump-1.sped" in waveforms.de; did you mean "pump-1.speed"?',
      'pump-1.load is in %, and a speed is in /min, {rev}/min, Hz, /s',
      'bpfo (5.4) must be below bpfi (3.6)',
      'needs one of bearing, geometry and ratios, not 2 of them',
      'unit in waveforms.de must be one of m/s2, mm/s, g, [g], [in_i]/s, not "m/s"; did you mean "m/s2"?',
      'missing "unit" in waveforms.de',
    ]);
    expect(said.map(({ length }) => length)).toEqual(Array.from(said, () => 1));
  });

  it('is the only one on its tag, and its features are no other tags', () => {
    const two = 'waveforms:\n  a: { on: pump-1.de, unit: g }\n  b: { on: pump-1.de, unit: g }\n';
    expect(problems(two)[0]).toContain('waveforms.a is on pump-1.de already');
    const taken = HEAD.replace('camera:', 'de.kurtosis:') + waveforms('');
    expect(problemsOf(taken)[0]!.message).toContain(
      'its feature pump-1.de.kurtosis is a tag of the plant file already',
    );
  });
});

describe('a point where thermal frames are taken', () => {
  it('gives each region its tags', () => {
    const text = 'frames:\n  panel: { on: pump-1.camera, regions: { l1: { x: 10, y: 20, width: 30, height: 40 } } }\n';
    const names = plantOf(text).tags.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['pump-1.camera.hotspot', 'pump-1.camera.l1.max']));
  });

  it('is told what is wrong with it', () => {
    const region = (text: string) => problems(`frames:\n  panel: { on: pump-1.camera, regions: { ${text} } }\n`);
    expect(region('l1: { x: 10, y: 20, width: 0, height: 40 }')[0]).toContain(
      'width in frames.panel.regions.l1 must be at least 1, not 0',
    );
    expect(problems('frames:\n  panel: { on: pump-1.camra }\n')[0]).toContain('pump-1.camera');
  });
});
