import { coerceNodeId, DataType, OPCUAClient, StatusCodes, type UAAlarmConditionEx } from 'node-opcua';
import type { Plant } from './testbench.ts';

/** A tank with a limit alarm on its level (keeps branches), and a door whose alarm a program sets (wants to be confirmed). */
export function addAlarms({ server, namespace, addAnalog, variable, set }: Plant) {
  const { addressSpace } = server.engine;
  addressSpace!.installAlarmsAndConditionsService();
  const tank = namespace.addObject({
    organizedBy: addressSpace!.rootFolder.objects,
    eventSourceOf: addressSpace!.rootFolder.objects.server,
    browseName: 'Tank 3',
    nodeId: 's=Tank3',
  });
  addAnalog('Level', { low: 0, high: 100 });
  const tankAlarm = namespace.instantiateExclusiveLimitAlarm('ExclusiveLimitAlarmType', {
    browseName: 'TankLevel',
    nodeId: 's=TankLevel',
    componentOf: tank,
    conditionSource: tank,
    conditionName: 'TankLevel',
    inputNode: variable('Level'),
    lowLowLimit: -10,
    lowLimit: -5,
    highLimit: 80,
    highHighLimit: 90,
  });
  const doorAlarm = namespace.instantiateAlarmCondition('AlarmConditionType', {
    browseName: 'Door',
    nodeId: 's=Door',
    componentOf: tank,
    conditionSource: tank,
    conditionName: 'Door',
    inputNode: coerceNodeId('i=0'),
    optionals: ['ConfirmedState', 'Confirm'],
  });
  let at = Date.now();
  const setLevel = (value: number) => set('Level', value, { at: new Date(at++) });
  const door = (
    state: 'active' | 'inactive',
    { quality = StatusCodes.Good, message = state === 'active' ? 'open' : 'closed' } = {},
  ) => {
    if (state === 'active') doorAlarm.activateAlarm();
    else doorAlarm.deactivateAlarm(false);
    doorAlarm.raiseNewCondition({ message, severity: 300, quality, retain: state === 'active' });
  };
  const calm = () => {
    for (const alarm of [tankAlarm, doorAlarm]) {
      for (const branch of alarm.getBranches()) alarm.deleteBranch(branch);
    }
    doorAlarm.suppressedOrShelved.setValueFromSource({ dataType: DataType.Boolean, value: false });
    setLevel(50);
    door('inactive');
    tankAlarm.currentBranch().setRetain(false);
    for (const branch of tankAlarm.getBranches()) tankAlarm.deleteBranch(branch);
  };
  return { tank: tankAlarm, doorAlarm, door, setLevel, calm };
}

/** Acknowledges, as an operator at a panel does, what is waiting for it: the oldest branch, else the present. */
export async function acknowledge(plant: Plant, alarm: UAAlarmConditionEx, comment: string): Promise<void> {
  const [branch] = alarm.getBranches();
  const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
  await client.connect(plant.url);
  const session = await client.createSession();
  const eventId = (branch ?? alarm.currentBranch()).getEventId();
  const status = await session.acknowledgeCondition(alarm.nodeId, eventId, comment);
  await session.close();
  await client.disconnect();
  if (status.isNotGood()) throw new Error(`cannot acknowledge ${alarm.browseName.name}: ${status.name}`);
}
