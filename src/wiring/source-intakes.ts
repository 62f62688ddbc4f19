import { type CaptureIntake, createCaptureIntake } from '../ingest/capture-intake.ts';
import { openKeptSkew } from '../ingest/conditioning/kept-skew.ts';
import { createSourceClock, type SourceClock } from '../ingest/conditioning/source-clock.ts';
import { createEventIntake, type OpenEventIntake } from '../ingest/event-intake.ts';
import { createIntake, type Intake, type IntakeContext } from '../ingest/intake.ts';
import type { Plant, Source, TagNature } from '../model/plant.ts';

/** The ways from one source into the readings log, by what it brings. */
export interface SourceIntakes {
  readonly intake: Intake;
  readonly captureIntake: CaptureIntake;
  readonly openEventIntake: OpenEventIntake;
  readonly describe: (tag: string, nature: TagNature) => void;
  readonly sourceClock: SourceClock;
}

/** Makes them for one source. */
export function createSourceIntakes(
  source: Source,
  plant: Pick<Plant, 'retention'> & { readonly assets: ReadonlySet<string> },
  context: IntakeContext & { /** Its own. */ readonly directory: string },
): SourceIntakes {
  const sourceClock = createSourceClock(source, context, openKeptSkew(context.directory, context.logger));
  return {
    intake: createIntake(source, context, sourceClock),
    captureIntake: createCaptureIntake(source, { ...context, keepMs: plant.retention.waveformsMs }),
    openEventIntake: createEventIntake(source, {
      ...context,
      sourceClock,
      assets: plant.assets,
    }),
    describe: (tag, nature) => context.tags.describe(tag, source, nature),
    sourceClock,
  };
}
