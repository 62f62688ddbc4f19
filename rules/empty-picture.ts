import type { DetectorPicture } from '../src/model/tag-picture.ts';

/** A picture with nothing in it, to be filled in. */
export const EMPTY_PICTURE: DetectorPicture = {
  state: 'not drawn',
  says: '',
  limits: [],
  zones: [],
  normal: null,
  normalAt: null,
  everyMs: 0,
  forecast: null,
};
