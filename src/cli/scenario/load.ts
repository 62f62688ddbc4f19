import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { find, type Located, placeOf, readDocument } from '../../config/document.ts';
import { sayWhyUnread } from '../../config/files.ts';
import { nearest } from '../../config/nearest.ts';
import { type Complaint, createReport, formatProblems, type Path } from '../../config/problems.ts';
import { shape } from '../../config/shape.ts';
import { COMMUNICATIONS_RULE } from '../../engine/compile.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Plant } from '../../model/plant.ts';
import { parseTime } from '../../model/time.ts';
import { explainUnknownRule } from '../unknown-rule.ts';
import { type Scenario, ScenarioFile, type Segment, segmentsOf } from './schema.ts';

/** One scenario, ready to be run. */
export interface ReadyScenario {
  readonly scenario: Scenario;
  /** `<file>:<line>:<column>` of its beginning. */
  readonly place: string;
  readonly plant: Plant;
}

/** Most readings of one scenario: it is held in memory. */
const MAX_READINGS = 2_000_000;

/**
 * Reads a file of scenarios with the plant it names, or with `plant` instead. Throws `ConfigError('option_invalid')` that
 * lists all that is wrong, each with line and column, and what `readPlant` throws for a plant file that is wrong.
 */
export function loadScenarios(
  file: string,
  readPlant: (file: string) => Plant,
  plantFile?: string,
): readonly ReadyScenario[] {
  const document = readDocument(readText(file), process.env);
  const report = createReport(file, document.lines);
  const complain = (complaint: Complaint) => report.problem({ ...complaint, message: inOurWords(complaint.message) });
  document.complaints.forEach(complain);
  for (const { name, at, path } of document.missing) complain({ at, path, message: `the variable ${name} is not set` });
  refuse();
  const root = document.root!; // refused just now when there is none
  const { value, complaints } = shape(ScenarioFile, root, { path: [], keyAt: root.at });
  complaints.forEach(complain);
  refuse();
  const { scenarios, plant: named } = value as { scenarios: Scenario[]; plant?: string }; // what ScenarioFile describes
  if (plantFile === undefined && named === undefined) {
    complain({ at: root.at, path: [], message: 'missing "plant" in the scenario file: no --plant is given either' });
    refuse();
  }
  const plant = readPlant(plantFile ?? (isAbsolute(named!) ? named! : join(dirname(file), named!)));
  for (const [index, scenario] of scenarios.entries()) checkScenario(scenario, ['scenarios', index]);
  refuse();
  return scenarios.map((scenario, index) => {
    const { line, col } = document.lines.linePos(placeOf(root, ['scenarios', index]));
    return { scenario, plant, place: `${file}:${line}:${col}` };
  });

  function refuse(): void {
    const problems = report.problems();
    if (problems.length > 0) throw new ConfigError('option_invalid', formatProblems(problems));
  }

  function checkScenario(scenario: Scenario, path: Path): void {
    const say = (below: Path, message: string, suggestion: string | null = null) =>
      complain({ at: placeOf(root, [...path, ...below]), path: [...path, ...below], message, suggestion });
    const tags = new Set(plant.tags.map(({ name }) => name));
    const derived = new Set(plant.tags.filter((tag) => tag.derived).map(({ name }) => name));
    const sources = new Set(plant.sources.map(({ id }) => id));
    const rules = new Set([...plant.rules.map(({ id }) => id), COMMUNICATIONS_RULE]);
    const mustKnow = (known: ReadonlySet<string>, what: string, name: string | undefined, below: Path) => {
      if (name !== undefined && !known.has(name))
        say(below, `unknown ${what} "${name}" in scenario "${scenario.name}"`, nearest(name, known));
    };
    const mustKnowRule = (id: string | undefined, below: Path) => {
      const unknown = id === undefined || rules.has(id) ? null : explainUnknownRule(id, [plant]);
      if (unknown?.reason) say(below, `unknown rule "${id}" in scenario "${scenario.name}": ${unknown.reason}`);
      else mustKnow(rules, 'rule', id, below);
    };
    if (parseTime(scenario.start) === null) say(['start'], `start is an RFC 3339 time, not "${scenario.start}"`);
    scenario.rules?.forEach((rule, i) => {
      mustKnowRule(rule, ['rules', i]);
    });
    for (const name of Object.keys(scenario.values)) {
      if (!tags.has(name)) {
        const at = placeOf(root, [...path, 'values', name], 'key');
        const message = `unknown tag "${name}" in scenario "${scenario.name}"`;
        complain({ at, path: [...path, 'values', name], message, suggestion: nearest(name, tags) });
      }
      if (derived.has(name)) say(['values', name], `"${name}" is computed from other tags: give those values`);
    }
    for (const [below, segment] of placedSegments(root, path, scenario)) checkSegment(segment, below, say);
    if (readingsOf(scenario) > MAX_READINGS)
      say(['values'], `the scenario has more than ${MAX_READINGS.toLocaleString('en')} readings: make it shorter`);
    scenario.events.forEach((event, i) => {
      const said = [event.link, event.acknowledge, event.reset].filter((each) => each !== undefined);
      if (said.length !== 1)
        say(['events', i], 'an event is either a link with its state, or acknowledge or reset with a rule');
      if (event.link !== undefined && event.state === undefined) say(['events', i], 'missing "state": up or down');
      mustKnow(sources, 'adapter', event.link, ['events', i, 'link']);
      mustKnowRule(event.acknowledge, ['events', i, 'acknowledge']);
      mustKnowRule(event.reset, ['events', i, 'reset']);
      mustKnow(tags, 'tag', event.tag, ['events', i, 'tag']);
      checkTime(event.at, ['events', i, 'at']);
    });
    scenario.expect.alerts?.forEach((alert, i) => {
      mustKnowRule(alert.rule, ['expect', 'alerts', i, 'rule']);
      mustKnow(tags, 'tag', alert.tag, ['expect', 'alerts', i, 'tag']);
      mustKnow(sources, 'adapter', alert.source, ['expect', 'alerts', i, 'source']);
      checkTime(alert.at, ['expect', 'alerts', i, 'at']);
    });
    scenario.expect.states.forEach((state, i) => {
      mustKnowRule(state.rule, ['expect', 'states', i, 'rule']);
      mustKnow(tags, 'tag', state.tag, ['expect', 'states', i, 'tag']);
      checkTime(state.at, ['expect', 'states', i, 'at']);
    });

    function checkTime(atMs: number, below: Path): void {
      if (atMs > scenario.for) say(below, 'it is after the end of the scenario ("for")');
    }
  }
}

function checkSegment(segment: Segment, below: Path, say: (below: Path, message: string) => void): void {
  const { constant, ramp, sine, values, quality, from, to } = segment;
  const ways = [constant, ramp, sine, values].filter((way) => way !== undefined).length;
  if (ways > 1) say(below, 'a segment has one of constant, ramp, sine and values, not several');
  else if (ways === 0 && quality !== 'bad') say(below, 'a segment has constant, ramp, sine or values');
  if (to !== undefined && to <= from) say(below, 'a segment must end ("to") after it begins ("from")');
  if (values?.some(({ value }) => value === null) && quality !== 'bad')
    say(below, 'only a reading of quality bad has no value');
}

/** Every segment, and where it is written. */
function placedSegments(root: Located, path: Path, { values }: Scenario): [Path, Segment][] {
  return Object.entries(values).flatMap(([tag, series]): [Path, Segment][] => {
    const isList = find(root, [...path, 'values', tag])?.kind === 'list';
    return segmentsOf(series).map((segment, i) => [isList ? ['values', tag, i] : ['values', tag], segment]);
  });
}

function readingsOf({ values, for: lengthMs }: Scenario): number {
  return Object.values(values)
    .flatMap(segmentsOf)
    .reduce((sum, { every, from, to }) => sum + Math.max(0, Math.min(to ?? lengthMs, lengthMs) - from) / every, 0);
}

/** The reader of plant files calls every file one. */
function inOurWords(message: string): string {
  return message.replaceAll(/(the|a) plant file/g, '$1 scenario file').replace(/ is a map of settings.*$/, ' is a map');
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError('option_invalid', `cannot read the scenario file ${file}: ${sayWhyUnread(cause)}`, { cause });
  }
}
