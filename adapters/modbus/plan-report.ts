import { sayDuration } from '../../src/model/duration.ts';
import { framings } from './frames.ts';
import { busMs, endpointOf, limitsOf, sayEndpoint, timingOf } from './line.ts';
import { isBit, widthOf } from './registers.ts';
import type { Plan } from './requests.ts';
import type { Config } from './settings.ts';

/** Says what one scan asks and what it costs: requests, bytes, time on the bus, and how often a scan can be made. */
export function sayPlan(config: Config, plan: Plan, measuredMs: number): string[] {
  const endpoint = endpointOf(config);
  const timing = timingOf(config);
  const framing = framings[endpoint.framing];
  const asked = plan.requests.map((request) => ({ ...request, transaction: 0, late: new Set<number>() }));
  const bytes = asked.reduce((sum, each) => sum + framing.write(each).length + framing.answerBytes(each), 0);
  const plannedMs = plan.requests.reduce((sum, request) => sum + busMs(request, timing), 0);
  const tags = plan.requests.reduce((sum, { bindings }) => sum + bindings.length, 0);
  const line =
    endpoint.kind === 'serial' || config.baudRate !== undefined
      ? `at ${config.baudRate ?? (endpoint.kind === 'serial' ? endpoint.baudRate : 0)} baud`
      : 'over the network';
  const slowest = Math.max(plannedMs, measuredMs);
  return [
    `${sayEndpoint(endpoint)}: ${count(plan.requests.length, 'request')} a scan for ${count(tags, 'tag')}, ${bytes} bytes ${line}; ` +
      `up to ${limitsOf(config).gap} unused registers are read along`,
    ...plan.requests.map((request) => {
      const what = isBit(request) ? 'bit' : 'register';
      const unused = request.count - used(request);
      const along = unused > 0 ? `, ${unused} of them unused` : '';
      return `  unit ${request.unitId}: ${request.table} ${request.first} to ${request.first + request.count - 1}, ${count(request.count, what)}${along}`;
    }),
    `bus time of a scan: ${sayDuration(plannedMs)} planned, ${sayDuration(measuredMs)} measured now`,
    slowest <= config.poll
      ? `a scan every ${sayDuration(config.poll)}, as poll says: the bus is busy for ${Math.round((100 * slowest) / config.poll)} % of the time`
      : `a scan every ${sayDuration(Math.ceil(slowest / config.poll) * config.poll)}, though poll says ${sayDuration(config.poll)}: one takes longer`,
  ];
}

/** Registers or bits of a request in which a tag lies. */
function used({ bindings }: Plan['requests'][number]): number {
  const places = bindings.flatMap(({ address }) =>
    Array.from({ length: widthOf(address) }, (_, i) => address.register + i),
  );
  return new Set(places).size;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
