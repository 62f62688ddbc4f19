import type { AlertKind, Priority } from './alert.ts';
import type { EpochMs } from './reading.ts';
import type { DetectorPicture } from './tag-picture.ts';

/** One rule that judges a tag, with what its detector sees there. */
export interface TagJudge {
  readonly rule: string;
  readonly detect: string;
  readonly kind: AlertKind;
  readonly priority: Priority;
  /** CEL; it judges only while this holds. */
  readonly when: string | null;
  /** Why it was switched off; `null`: it was not. */
  readonly parked: string | null;
  /** The tags it judges together, in the order of the detector's inputs. */
  readonly inputs: readonly string[];
  /** It keeps what it learns, and can be told to learn anew. */
  readonly learns: boolean;
  /** Who said when that it is to learn anew, and why; `null`: nobody did. */
  readonly anew: { readonly at: EpochMs; readonly by: string; readonly note: string | null } | null;
  readonly picture: DetectorPicture;
}

/** Who judges a tag. */
export interface TagJudges {
  /** When what they remember was saved; `null`: never yet. */
  readonly savedAt: EpochMs | null;
  readonly judges: readonly TagJudge[];
}
