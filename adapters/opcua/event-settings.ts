import { type Static, Type } from 'typebox';

/** Whose alarms of a server become alerts, how urgent they are, and where they belong. */
export const Events = Type.Object(
  {
    minSeverity: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 1,
      description: 'Alarms of a lower severity are left out.',
      examples: [200],
    }),
    medium: Type.Integer({
      minimum: 1,
      maximum: 1_001,
      default: 334,
      description: 'From this severity on an alert is of priority medium; below it is low.',
    }),
    high: Type.Integer({
      minimum: 1,
      maximum: 1_001,
      default: 667,
      description: 'From this severity on it is of priority high.',
    }),
    critical: Type.Integer({
      minimum: 1,
      maximum: 1_001,
      default: 901,
      description: 'From this severity on it is of priority critical; 1001: never.',
    }),
    map: Type.Array(
      Type.Object(
        {
          source: Type.String({
            minLength: 1,
            description:
              'Name or node id of what the alarm is about, as the server gives it (SourceName, SourceNode); `*` and `?` are wild.',
            examples: ['Tank 3*'],
          }),
          condition: Type.Optional(
            Type.String({
              minLength: 1,
              description: 'Name of the alarm (ConditionName); without it all of the source.',
              examples: ['HighLevel'],
            }),
          ),
          to: Type.String({
            minLength: 1,
            description: 'Tag or asset that the alert belongs to.',
            examples: ['tank-3.level', 'tank-3'],
          }),
        },
        { additionalProperties: false },
      ),
      {
        default: [],
        maxItems: 1_000,
        description:
          'Where alarms belong that are not about a variable that a tag is read from; the first that fits counts.',
      },
    ),
  },
  { additionalProperties: false },
);
export type Events = Static<typeof Events>;

/** `true` is an empty map. Off without it. */
export const EventsSetting = Type.Union([Type.Boolean(), Events], {
  default: false,
  description: 'Whether alarms of the server become alerts of kind external: true, false, or a map.',
  examples: [true],
});

/** The settings in full, `null` when alarms stay where they are. */
export function eventsOf(setting: Static<typeof EventsSetting>): Events | null {
  if (setting === false) return null;
  if (setting !== true) return setting;
  return { minSeverity: 1, medium: 334, high: 667, critical: 901, map: [] };
}
