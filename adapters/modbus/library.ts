import modbusSerial from 'modbus-serial';

/**
 * The protocol library's client class. Its types promise a default export; as CommonJS it hands out an object that
 * holds the class one level down, so it is unwrapped here and nowhere else.
 */
export const ModbusClient = modbusSerial.default;
export type ModbusClient = InstanceType<typeof ModbusClient>;
