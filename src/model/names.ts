// Read as regular expressions with the flag `u`, here, by JSON Schema and by editors.
// No program should have to be careful with `__proto__`.
const ASSET_ID = '(?!__proto__(?:\\.|$))[A-Za-z0-9_-]{1,100}';
const TAG_NAME = '[^\\p{Cc}\\p{Cs}]{1,200}';

/**
 * Ids of assets, as a plant file lists them and as sources bring them: they are part of paths, and of the ids of rules on a class.
 */
export const ASSET_ID_PATTERN = `^${ASSET_ID}$`;

/**
 * Names of tags below their asset, as a plant file lists them and as sources bring them: whatever a source calls its signal, as long
 * as it can be printed (`Öldruck 1`, `DB1.DBX0.0`). It is shown as text and never interpreted.
 */
export const TAG_NAME_PATTERN = `^${TAG_NAME}$`;

/** Names of derived tags: with their asset, or with a class of assets. */
export const DERIVED_NAME_PATTERN = `^(class:)?${ASSET_ID}\\.${TAG_NAME}$`;

const FULL_NAME = new RegExp(`^${ASSET_ID}\\.${TAG_NAME}$`, 'u');

/** Whether a name is one that a tag can have, with its asset before the first dot. */
export function isTagName(name: string): boolean {
  return FULL_NAME.test(name);
}
