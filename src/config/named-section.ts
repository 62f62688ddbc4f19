import { type TSchema, Type } from 'typebox';
import { ASSET_ID_PATTERN } from '../model/names.ts';

/** Ids of adapters, endpoints and the like. */
const ID = Type.String({ pattern: '^[a-z0-9-]{1,100}$' });
const ID_WORDS = 'names here are made of a-z, 0-9 and "-"';
const ASSET_ID = Type.String({ pattern: ASSET_ID_PATTERN });
const ASSET_ID_WORDS = 'names here are made of A-Z, a-z, 0-9, "_" and "-", at most 100 of them';

/** A map of named things, each with the same shape; empty when left out. */
export function named<T extends TSchema>(section: T, description: string) {
  return Type.Record(ID, section, { additionalProperties: false, default: {}, description, 'x-keys': ID_WORDS });
}

/** The same, of what has the ids of assets; also of rules: that of one asset of a class has the id of the asset in its own. */
export function namedAsAssets<T extends TSchema>(section: T, description: string) {
  const words = { description, 'x-keys': ASSET_ID_WORDS };
  return Type.Record(ASSET_ID, section, { additionalProperties: false, default: {}, ...words });
}
