/**
 * The OPC UA status codes that Millwright itself writes beside a reading.
 * Source: OPC UA Part 4 §7.39 and Part 8; see STANDARD names in the OPC Foundation's StatusCode.csv.
 */
export const StatusCode = {
  /** History that was put in later (Part 11 §5.3.5.2). */
  goodEntryInserted: 0x00a20000,
  uncertainNoCommunicationLastUsableValue: 0x408f0000,
  uncertainSensorNotAccurate: 0x40930000,
  uncertainEngineeringUnitsExceeded: 0x40940000,
  badNoCommunication: 0x80310000,
  badNodeIdUnknown: 0x80340000,
  badOutOfRange: 0x803c0000,
  badConfigurationError: 0x80890000,
  badNotConnected: 0x808a0000,
  badDeviceFailure: 0x808b0000,
  badSensorFailure: 0x808c0000,
} as const;
