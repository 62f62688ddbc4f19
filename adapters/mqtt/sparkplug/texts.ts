const NUL = 0;
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a StringArray: texts that each end with a NUL (Sparkplug 3.0.0, §6.4.17); `null` when the bytes are none. */
export function readTexts(bytes: Uint8Array): readonly string[] | null {
  if (bytes.length > 0 && bytes.at(-1) !== NUL) return null;
  try {
    return UTF_8.decode(bytes).split('\0').slice(0, -1);
  } catch {
    return null; // counted as `malformed` by the caller
  }
}
