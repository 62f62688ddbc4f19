/**
 * UNECE common codes, as OPC UA writes them in EUInformation.unitId (OPC UA Part 8 §5.6.4.3: the characters of the code as
 * one number), and the same unit in UCUM. The units of rotating machines and process plants; source: UNECE
 * Recommendation 20 and UCUM 2.1.
 */
const UCUM_BY_UNECE: Readonly<Record<string, string>> = {
  // temperature
  CEL: 'Cel',
  FAH: '[degF]',
  KEL: 'K',
  // pressure
  BAR: 'bar',
  MBR: 'mbar',
  PAL: 'Pa',
  KPA: 'kPa',
  MPA: 'MPa',
  PS: '[psi]',
  A97: 'hPa',
  ATM: 'atm',
  // length, vibration
  MMT: 'mm',
  CMT: 'cm',
  MTR: 'm',
  KMT: 'km',
  '4H': 'um',
  INH: '[in_i]',
  FOT: '[ft_i]',
  C16: 'mm/s',
  MTS: 'm/s',
  KMH: 'km/h',
  MSK: 'm/s2',
  // time, frequency, rotation
  SEC: 's',
  C26: 'ms',
  B98: 'us',
  MIN: 'min',
  HUR: 'h',
  DAY: 'd',
  HTZ: 'Hz',
  KHZ: 'kHz',
  MHZ: 'MHz',
  RPM: '/min',
  RPS: '/s',
  C94: '/min',
  // electricity
  AMP: 'A',
  '4K': 'mA',
  VLT: 'V',
  '2Z': 'mV',
  KVT: 'kV',
  WTT: 'W',
  KWT: 'kW',
  MAW: 'MW',
  WHR: 'W.h',
  KWH: 'kW.h',
  MWH: 'MW.h',
  D46: 'V.A',
  KVA: 'kV.A',
  OHM: 'Ohm',
  FAR: 'F',
  // mass, force, torque, energy
  KGM: 'kg',
  GRM: 'g',
  MGM: 'mg',
  TNE: 't',
  NEW: 'N',
  B47: 'kN',
  NU: 'N.m',
  JOU: 'J',
  KJO: 'kJ',
  '3B': 'MJ',
  // volume, flow, density
  LTR: 'L',
  MLT: 'mL',
  MTQ: 'm3',
  MQH: 'm3/h',
  MQS: 'm3/s',
  L2: 'L/min',
  G51: 'L/s',
  E31: 'L/h',
  KMQ: 'kg/m3',
  KGS: 'kg/s',
  E93: 'kg/h',
  // ratio, angle, others
  P1: '%',
  '59': '[ppm]',
  C62: '1',
  DD: 'deg',
  C81: 'rad',
  MTK: 'm2',
  MMK: 'mm2',
  '2N': 'dB',
  D80: 'uW',
  LUX: 'lx',
  Q30: '[pH]',
};

const UNECE_NAMESPACE = 'http://www.opcfoundation.org/UA/units/un/cefact';

/** The UCUM code of a unit as a server names it, or `null` when it is not one of ours. */
export function ucumOf(unit: { readonly namespaceUri: string | null; readonly unitId: number }): string | null {
  if (unit.namespaceUri !== null && unit.namespaceUri !== '' && unit.namespaceUri !== UNECE_NAMESPACE) return null;
  return UCUM_BY_UNECE[codeOf(unit.unitId)] ?? null;
}

/** The characters of a common code, most significant byte first. */
function codeOf(unitId: number): string {
  const bytes = [(unitId >>> 24) & 255, (unitId >>> 16) & 255, (unitId >>> 8) & 255, unitId & 255];
  return String.fromCharCode(...bytes.filter((byte) => byte !== 0));
}
