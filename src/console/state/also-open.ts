import type { WorkOrder } from '../api.generated.ts';

/** Numbers of the other open jobs of a job's asset, lowest first: as the page knows them by now, and as the service said for the rest. */
export function alsoOpenWith(order: WorkOrder, known: Iterable<WorkOrder>): readonly string[] {
  if (order.asset === null) return [];
  const here = [...known];
  const told = order.alsoOpen.filter((number) => !here.some((one) => one.number === number));
  return [...told, ...openOn(order.asset, here).filter((number) => number !== order.number)].sort();
}

/** Numbers of the open jobs of an asset among those that the page knows. */
export function openOn(asset: string, known: Iterable<WorkOrder>): readonly string[] {
  return [...known]
    .filter((one) => one.asset === asset && (one.state === 'open' || one.state === 'in progress'))
    .map(({ number }) => number)
    .sort();
}
