import protobuf from 'protobufjs/light.js';

const VALUE = (first: number) => ({
  intValue: { type: 'uint32', id: first },
  longValue: { type: 'uint64', id: first + 1 },
  floatValue: { type: 'float', id: first + 2 },
  doubleValue: { type: 'double', id: first + 3 },
  booleanValue: { type: 'bool', id: first + 4 },
  stringValue: { type: 'string', id: first + 5 },
});

/** The messages of a Sparkplug B payload. Source: Sparkplug 3.0.0, §6.3 (`sparkplug_b.proto`); what is not read is left out. */
const DESCRIPTOR = {
  Payload: {
    timestamp: { type: 'uint64', id: 1 },
    metrics: { rule: 'repeated', type: 'Metric', id: 2 },
    seq: { type: 'uint64', id: 3 },
  },
  Metric: {
    name: { type: 'string', id: 1 },
    alias: { type: 'uint64', id: 2 },
    timestamp: { type: 'uint64', id: 3 },
    datatype: { type: 'uint32', id: 4 },
    isHistorical: { type: 'bool', id: 5 },
    isTransient: { type: 'bool', id: 6 },
    isNull: { type: 'bool', id: 7 },
    properties: { type: 'PropertySet', id: 9 },
    ...VALUE(10),
    bytesValue: { type: 'bytes', id: 16 },
    datasetValue: { type: 'DataSet', id: 17 },
    templateValue: { type: 'Template', id: 18 },
  },
  PropertySet: {
    keys: { rule: 'repeated', type: 'string', id: 1 },
    values: { rule: 'repeated', type: 'PropertyValue', id: 2 },
  },
  PropertyValue: { type: { type: 'uint32', id: 1 }, isNull: { type: 'bool', id: 2 }, ...VALUE(3) },
  DataSet: {
    columns: { rule: 'repeated', type: 'string', id: 2 },
    types: { rule: 'repeated', type: 'uint32', id: 3 },
    rows: { rule: 'repeated', type: 'Row', id: 4 },
  },
  Row: { elements: { rule: 'repeated', type: 'DataSetValue', id: 1 } },
  DataSetValue: VALUE(1),
  Template: {
    metrics: { rule: 'repeated', type: 'Metric', id: 2 },
    templateRef: { type: 'string', id: 4 },
    isDefinition: { type: 'bool', id: 5 },
  },
};

/** As in proto2: a field that is there and 0 is there. The library takes it for absent unless each field says so. */
const EXPLICIT = { features: { field_presence: 'EXPLICIT' } };

/** The type of a whole payload, to decode with and, for commands, to encode with. */
export const PayloadType = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(DESCRIPTOR).map(([message, fields]) => [
      message,
      {
        fields: Object.fromEntries(
          Object.entries(fields).map(([name, field]) => [
            name,
            'rule' in field ? field : { ...field, options: EXPLICIT },
          ]),
        ),
      },
    ]),
  ),
}).lookupType('Payload');
