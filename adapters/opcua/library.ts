export type Library = typeof import('node-opcua');

/**
 * Loads the protocol library, which takes more than a second: only a run needs it, `--help` and `check` do not. It is
 * told to keep silent, because it would print its warnings to the console.
 */
export async function loadLibrary(): Promise<Library> {
  const library = await import('node-opcua');
  library.setLogLevel(library.LogLevel.Emergency);
  return library;
}
