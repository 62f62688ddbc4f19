import type { LookAlike, SensorFault } from '../../../../adapters/simulator/life/episodes.ts';
import type { Life, LivedFault } from '../../../../adapters/simulator/life/life.ts';
import { DAY_MS, HOUR_MS, isIn, type Span } from '../../../../adapters/simulator/life/time-line.ts';
import type { Episode } from '../../../../src/engine/backtest/episodes.ts';
import { OVER_AIR } from './plant-file.ts';

/** A machine fault and the first alert about its machine while it grew. */
export interface JudgedFault {
  readonly fault: Omit<LivedFault, 'course'>;
  /** Before the limit, or, where none was reached, before the repair; `null`: missed. */
  readonly found: Episode | null;
  /** From the alert to the limit, ms; `null` where there is none of them. */
  readonly leadMs: number | null;
}

/** A lying sensor: whether it was said of the instrument, and whether the machine was blamed for it. */
export interface JudgedSensor {
  readonly fault: SensorFault;
  readonly found: Episode | null;
  readonly blamed: Episode | null;
}

/** What the alerts of a life are worth, beside what happened in it. Times of alerts are ms since the life began. */
export interface Judgement {
  readonly faults: readonly JudgedFault[];
  readonly sensors: readonly JudgedSensor[];
  readonly lookAlikes: readonly { readonly lookAlike: LookAlike; readonly alerts: readonly Episode[] }[];
  /** Machine alerts on machines that were well and whose sensors told the truth. */
  readonly falseMachine: readonly Episode[];
  /** Instrument alerts on sensors that told the truth. */
  readonly falseInstrument: readonly Episode[];
}

/** An alert this long after a repair, or after a sensor was put right, still belongs to it: things cool down, windows empty. */
const AFTER_MS = 12 * HOUR_MS;
/** An alert this long after a look-alike is its doing. */
const ECHO_MS = 12 * HOUR_MS;

/** Compares the alerts of a life with its truth. An alert of one of `limits`, the limit rules themselves, sees nothing coming. */
export function judgeLife(
  { faults, sensorFaults, lookAlikes }: Life,
  alerts: readonly Episode[],
  limits: ReadonlySet<string>,
): Judgement {
  const machine = alerts.filter(({ kind }) => kind === 'machine');
  const instrument = alerts.filter(({ kind }) => kind === 'instrument');
  const ofFault = (alert: Episode) => faults.some((fault) => fault.asset === alert.asset && isDuring(alert, fault));
  const ofSensor = (alert: Episode) =>
    sensorFaults.some((fault) => fault.asset === alert.asset && isDuring(alert, fault));
  const falseMachine = machine.filter((alert) => !ofFault(alert) && !ofSensor(alert));
  return {
    faults: faults.map((fault) =>
      judgeFault(
        fault,
        machine.filter(({ rule }) => !limits.has(rule)),
      ),
    ),
    sensors: sensorFaults.map((fault) => ({
      fault,
      found: instrument.find((alert) => isOn(alert, fault) && isIn(alert.from, fault)) ?? null,
      blamed: machine.find((alert) => alert.asset === fault.asset && isDuring(alert, fault) && !ofFault(alert)) ?? null,
    })),
    lookAlikes: lookAlikes.map((lookAlike) => ({
      lookAlike,
      alerts: falseMachine.filter(
        ({ asset, from }) =>
          (lookAlike.asset === null || lookAlike.asset === asset) &&
          from >= lookAlike.from &&
          from < lookAlike.to + ECHO_MS,
      ),
    })),
    falseMachine,
    falseInstrument: instrument.filter(
      (alert) => !sensorFaults.some((fault) => isOn(alert, fault) && isDuring(alert, fault)),
    ),
  };
}

function judgeFault(fault: LivedFault, alerts: readonly Episode[]): JudgedFault {
  const until = fault.limitAt ?? fault.to;
  const found = alerts.find(({ asset, from }) => asset === fault.asset && from >= fault.from && from < until) ?? null;
  return { fault, found, leadMs: found === null || fault.limitAt === null ? null : fault.limitAt - found.from };
}

/** Whether an alert is about a sensor: under its tag, or under what is computed from it. */
function isOn({ tag }: Episode, fault: SensorFault): boolean {
  return tag === fault.tag || tag === `${fault.tag}${OVER_AIR}`;
}

function isDuring({ from }: Episode, span: Span): boolean {
  return from >= span.from && from < span.to + AFTER_MS;
}

/** Machine-weeks of a life. */
export function machineWeeks(machines: number, days: number): number {
  return (machines * days * DAY_MS) / (7 * DAY_MS);
}
