import { followAlert } from '../maintenance/follow-alert.ts';
import { openWorkOrder } from '../maintenance/open-work-order.ts';
import { type Alert, isSevere } from '../model/alert.ts';
import type { DeliveryResult } from '../model/delivery.ts';
import { EACH_ASSET, type RaisedInOrder } from '../model/first-out.ts';
import type { Plant } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import { isClosed, MAX_ALSO_OPEN, type WorkOrder } from '../model/work-order.ts';
import { findAlert, findAlerts, linkWorkOrder, listStandingOfJob, storeAlert } from '../store/alerts.ts';
import { readAssetNames } from '../store/asset-names.ts';
import type { Database, Session } from '../store/database.ts';
import { type Claim, type ClaimedDelivery, createDeliveries, finishDelivery } from '../store/deliveries.ts';
import { raisedNear } from '../store/first-out.ts';
import { moveCursor } from '../store/log-cursors.ts';
import { findLoneWorkOrder, listOpenNumbers, updateWorkOrder } from '../store/work-orders.ts';
import { advance } from './advance.ts';
import type { JournalEntry } from './journal.ts';
import { messageId, transitionMessage, workOrderMessage } from './message.ts';

/** A transition as it stands in the store, for everybody who watches live. */
export interface CommittedTransition {
  readonly alert: Alert;
  readonly effect: Transition['effect'];
  readonly workOrder: WorkOrder | null;
}

/** By message, by webhook: what became of the messages that were sent while the database was away. */
export type DirectResults = ReadonlyMap<string, ReadonlyMap<string, DeliveryResult>>;

/** What was committed. */
export interface Committed {
  readonly transitions: readonly CommittedTransition[];
  /** Messages that were claimed with it, for whoever sends them. */
  readonly claimed: readonly ClaimedDelivery[];
}

/** What a commit needs to know besides its transitions. */
export interface CommitContext {
  /** How messages are claimed that can go out at once. */
  readonly claim: Claim;
  readonly plant: Pick<Plant, 'name' | 'timezone' | 'points' | 'firstOut'>;
  readonly results: DirectResults;
}

/**
 * Commits transitions together with their journal, their jobs, their outgoing messages and the engine's cursor:
 * all of it or nothing, so that a crash can neither lose a message nor send one for an alert that is not there.
 * Committing the same entries again changes nothing.
 */
export async function commitEntries(
  database: Database,
  entries: readonly JournalEntry[],
  context: CommitContext,
): Promise<Committed> {
  const claims: Promise<ClaimedDelivery[]>[] = [];
  const committed = await database.transaction(async (session) => {
    const done: CommittedTransition[] = [];
    const transitions = entries.flatMap((entry) => entry.transitions);
    const [raised, stored, openJobs, assetNames] = await Promise.all([
      raisedNear(
        session,
        transitions.map(({ alert, asset, raisedAt }) => ({ id: alert, asset, raisedAt })),
        context.plant.firstOut ?? EACH_ASSET,
      ),
      findAlerts(session, [...new Set(transitions.map(({ alert }) => alert))]),
      listOpenNumbers(session, [...new Set(transitions.flatMap(({ asset }) => asset ?? []))]),
      readAssetNames(session, [...new Set(transitions.flatMap(({ asset }) => asset ?? []))]),
    ]);
    const around = {
      ...context,
      claims,
      raised,
      openJobs,
      assetNames,
      known: new Map(stored.map((alert) => [alert.id, alert])),
    };
    for (const entry of entries) {
      for (const transition of entry.transitions) done.push(await commitOne(session, transition, entry, around));
    }
    const last = entries.at(-1);
    if (last) send(moveCursor(session, { reader: 'engine', ...last }));
    return done;
  });
  return { transitions: committed, claimed: (await Promise.all(claims)).flat() };
}

interface Around extends CommitContext {
  readonly raised: RaisedInOrder;
  /** Alerts as they stand after the transitions so far. */
  readonly known: Map<string, Alert>;
  /** By asset, the numbers of its open jobs, oldest first. */
  readonly openJobs: Map<string, string[]>;
  /** What people call the assets, by id. */
  readonly assetNames: ReadonlyMap<string, string>;
  /** Those made here. */
  readonly claims: Promise<ClaimedDelivery[]>[];
}

async function commitOne(
  session: Session,
  transition: Transition,
  { logId, at }: JournalEntry,
  { plant, results, raised, known, claim, claims, openJobs, assetNames }: Around,
): Promise<CommittedTransition> {
  let alert = advance(known.get(transition.alert) ?? null, transition);
  const isNew = storeAlert(session, alert, transition, logId);
  send(isNew);
  let isLinkedHere = false;
  const assetName = transition.asset === null ? undefined : assetNames.get(transition.asset);
  if (await needsJob(session, transition, { alert, isNew })) {
    const workOrderId = await openWorkOrder(session, transition, { timezone: plant.timezone, assetName });
    if (workOrderId !== null) {
      await linkWorkOrder(session, transition.alert, workOrderId);
      alert = (await findAlert(session, transition.alert))!; // stored two statements ago, in this transaction
      isLinkedHere = true;
    }
  }
  known.set(alert.id, alert);
  if (transition.effect !== 'corrected') raised.add(alert);
  if (raised.has(alert)) alert = { ...alert, ...raised.firstOutOf(alert) };
  const workOrder =
    alert.workOrder === null ? null : await jobOf(session, alert.workOrder, { transition, plant, openJobs, assetName });
  const about = { workOrder, plant: plant.name, timezone: plant.timezone, points: plant.points, at };
  const sent = results.get(messageId(transition));
  const claimed = createDeliveries(session, transitionMessage(transition, alert, about), sent ? null : claim);
  send(claimed);
  claims.push(claimed);
  if (sent) {
    for (const [webhook, result] of sent) await finishDelivery(session, `${messageId(transition)}_${webhook}`, result);
    if (workOrder && isLinkedHere)
      send(createDeliveries(session, workOrderMessage(transition, alert, { ...about, workOrder }), null));
  }
  return { alert, effect: transition.effect, workOrder };
}

/**
 * Whether the alert is to get a job: it was raised, or it was told as worse or has come back and has only a job that is closed: that
 * repair was not enough. What is committed again, as nobody knew whether it was, got its job the first time.
 */
async function needsJob(
  session: Session,
  { effect, level }: Transition,
  { alert, isNew }: { readonly alert: Alert; readonly isNew: Promise<boolean> },
): Promise<boolean> {
  if (alert.workOrder === null) return effect === 'raised';
  const isWorse = effect === 'changed' && isSevere(level);
  if (!(isWorse || effect === 'raised again') || !(await isNew)) return false;
  const order = await findLoneWorkOrder(session, alert.workOrder);
  return order !== null && isClosed(order);
}

/** Most alerts of one job that it names. */
const MAX_STANDING = 10;

/** The job of an alert, brought up to what its alerts say now. */
async function jobOf(
  session: Session,
  number: string,
  {
    transition,
    plant,
    openJobs,
    assetName,
  }: { readonly transition: Transition; readonly assetName: string | undefined } & Pick<Around, 'plant' | 'openJobs'>,
): Promise<WorkOrder | null> {
  // Locked: what a person makes of it meanwhile would be shown first, and then this, which is older.
  const order = await findLoneWorkOrder(session, number, { lock: 'for update' });
  if (order === null) return null;
  const beside = order.asset === null ? [] : (openJobs.get(order.asset) ?? []);
  if (order.asset !== null && order.state === 'open' && !beside.includes(number))
    openJobs.set(order.asset, [...beside, number]);
  const job = { ...order, alsoOpen: beside.filter((each) => each !== number).slice(0, MAX_ALSO_OPEN) };
  const standing = { except: transition.alert, limit: MAX_STANDING };
  const others = order.alerts.length > 1 ? await listStandingOfJob(session, order.id, standing) : [];
  const followed = followAlert(order, transition, { others, timezone: plant.timezone, assetName });
  if (followed === null) return job;
  send(updateWorkOrder(session, order.id, followed));
  return { ...job, ...followed };
}

/** Lets a statement go without waiting for its answer: the transaction rejects when it fails. */
function send(statement: Promise<unknown>): void {
  statement.catch(() => undefined);
}
