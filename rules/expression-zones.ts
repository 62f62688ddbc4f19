import type { ASTNode } from '@marcbachmann/cel-js';
import type { CallProblem } from './expression-calls.ts';

/** CEL's functions of a timestamp that take a time zone. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  'getDate',
  'getDayOfMonth',
  'getDayOfWeek',
  'getDayOfYear',
  'getFullYear',
  'getHours',
  'getMilliseconds',
  'getMinutes',
  'getMonth',
  'getSeconds',
]);

/** What is wrong with a written time zone that nobody knows: it would fail as soon as it is asked for, perhaps after months. */
export function refuseZone(node: ASTNode): CallProblem | null {
  if (node.op !== 'rcall' || !FUNCTIONS.has(node.args[0])) return null;
  const [zone] = node.args[2];
  if (zone?.op !== 'value' || typeof zone.args !== 'string' || isZone(zone.args)) return null;
  return { message: `"${zone.args}" is not a time zone: write one such as Europe/Berlin or UTC`, offset: zone.start };
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
