import type { Binding } from '../adapter.ts';
import { isBit, widthOf } from './registers.ts';
import type { Address } from './settings.ts';

/** Registers 0..65535 exist in each table. */
const TABLE_SIZE = 65_536;
const MAX_BITS = 2_000;
const BITS_PER_REGISTER = 16;

/** One read: `count` registers or bits from `first`, and the tags that lie in them (ordered by register). */
export interface Request {
  readonly unitId: number;
  readonly table: Address['table'];
  readonly first: number;
  readonly count: number;
  readonly bindings: readonly Binding<Address>[];
}

/** What a device has shown about itself while it was read. */
export interface Learnt {
  /** Tags it refuses: they are asked alone, and nobody reads across them. */
  readonly refused: ReadonlySet<string>;
  /** Places (`cutKey`) it will not be read across. */
  readonly cuts: ReadonlySet<string>;
}

/** What may be read at once. Of bits 16 times as many as of registers, 2000 at most. */
export interface Limits {
  /** Most registers of one answer. */
  readonly maxRegisters: number;
  /** Most unused registers in a row that are read along. */
  readonly gap: number;
  /** Never read; `from` and `to` are both part of it. Without a unit: of every unit. */
  readonly forbidden?: readonly {
    readonly unitId?: number;
    readonly table: Address['table'];
    readonly from: number;
    readonly to: number;
  }[];
  /** Units with limits of their own. */
  readonly units?: readonly { readonly unitId: number; readonly maxRegisters?: number; readonly gap?: number }[];
}

/** All requests of one scan; `unreadable` are bindings that reach beyond register 65535 or into a forbidden one. */
export interface Plan {
  readonly requests: readonly Request[];
  readonly unreadable: readonly Binding<Address>[];
}

/** Plans the fewest reads for the bindings of one connection: per unit and table, neighbours share a request. */
export function planRequests(bindings: readonly Binding<Address>[], limits: Limits, learnt: Learnt): Plan {
  const mayRead = ({ address }: Binding<Address>) =>
    endOf(address) <= TABLE_SIZE && widthOf(address) <= mostOf(address, limits) && !isForbidden(address, limits);
  const unreadable = new Set(bindings.filter((binding) => !mayRead(binding)));
  const groups = new Map<string, Binding<Address>[]>();
  for (const binding of bindings) {
    if (unreadable.has(binding)) continue;
    const key = `${binding.address.unitId}:${binding.address.table}`;
    const group = groups.get(key);
    if (group) group.push(binding);
    else groups.set(key, [binding]);
  }
  return {
    requests: [...groups.values()].flatMap((group) => planTable(group, limits, learnt)),
    unreadable: [...unreadable],
  };
}

/** Halves a request, at its widest unused stretch if it has one; `null` when it carries a single tag. */
export function splitRequest(request: Request): readonly [Request, Request] | null {
  const { bindings } = request;
  if (bindings.length < 2) return null;
  let at = Math.ceil(bindings.length / 2);
  let widest = 0;
  let end = endOf(bindings[0]!.address);
  for (let i = 1; i < bindings.length; i++) {
    const { address } = bindings[i]!;
    if (address.register - end > widest) {
      widest = address.register - end;
      at = i;
    }
    end = Math.max(end, endOf(address));
  }
  return [requestOf(bindings.slice(0, at)), requestOf(bindings.slice(at))];
}

/** Names the place where a request begins, for `Learnt.cuts`. */
export function cutKey(request: Pick<Request, 'unitId' | 'table' | 'first'>): string {
  return `${request.unitId}:${request.table}:${request.first}`;
}

/**
 * Greedy from the left: every request starts at the first tag not yet covered and reaches as far as it may, which is
 * optimal for intervals on a line.
 */
function planTable(bindings: readonly Binding<Address>[], limits: Limits, { refused, cuts }: Learnt): Request[] {
  const { address: any } = bindings[0]!; // all are of one unit and table
  const most = mostOf(any, limits);
  const gap = (unitOf(any, limits)?.gap ?? limits.gap) * (isBit(any) ? BITS_PER_REGISTER : 1);
  const alone = bindings.filter(({ tag }) => refused.has(tag));
  const rest = bindings.filter(({ tag }) => !refused.has(tag)).sort(byRegister);

  const requests = alone.map((binding) => requestOf([binding]));
  let block: Binding<Address>[] = [];
  let end = 0;
  const mayJoin = ({ address }: Binding<Address>): boolean => {
    const first = block[0]?.address.register;
    if (first === undefined) return false;
    const newEnd = Math.max(end, endOf(address));
    if (address.register - end > gap || newEnd - first > most) return false;
    if (isForbidden({ ...address, register: first }, limits, newEnd)) return false;
    if (address.register > first && cuts.has(cutKey({ ...address, first: address.register }))) return false;
    return !alone.some((bad) => bad.address.register < newEnd && endOf(bad.address) > first);
  };
  for (const binding of rest) {
    if (!mayJoin(binding)) {
      if (block.length > 0) requests.push(requestOf(block));
      block = [];
      end = 0;
    }
    block.push(binding);
    end = Math.max(end, endOf(binding.address));
  }
  if (block.length > 0) requests.push(requestOf(block));
  return requests;
}

/** Most registers, or bits, of one answer. */
function mostOf(address: Address, limits: Limits): number {
  const registers = unitOf(address, limits)?.maxRegisters ?? limits.maxRegisters;
  return isBit(address) ? Math.min(MAX_BITS, registers * BITS_PER_REGISTER) : registers;
}

function unitOf({ unitId }: Address, { units }: Limits) {
  return units?.find((unit) => unit.unitId === unitId);
}

function isForbidden(address: Address, { forbidden }: Limits, end = endOf(address)): boolean {
  const { unitId, table, register } = address;
  return (forbidden ?? []).some(
    (range) => range.table === table && (range.unitId ?? unitId) === unitId && range.from < end && range.to >= register,
  );
}

function requestOf(bindings: readonly Binding<Address>[]): Request {
  const { unitId, table, register } = bindings[0]!.address;
  const end = Math.max(...bindings.map(({ address }) => endOf(address)));
  return { unitId, table, first: register, count: end - register, bindings };
}

function byRegister(a: Binding<Address>, b: Binding<Address>): number {
  return a.address.register - b.address.register || widthOf(a.address) - widthOf(b.address);
}

function endOf(address: Address): number {
  return address.register + widthOf(address);
}
