import type { LoadContext } from './context.ts';
import { placeOf } from './document.ts';
import { type Path, saySetting } from './problems.ts';

/** `…File` settings that hold nothing to hide: what they name is shown to whoever connects. */
const PUBLIC: ReadonlySet<string> = new Set(['caFile', 'certFile']);

/** Warns of a secret that everybody on the machine can read, as ssh does; the service uses it all the same. */
export function warnOfOpenSecret({ root, report, isOpenToAll }: LoadContext, path: Path, file: string): void {
  if (PUBLIC.has(String(path.at(-1))) || !isOpenToAll(file)) return;
  const message = `${saySetting(path)}: everybody on this machine can read ${file}: chmod o-rwx ${file}`;
  report.warning({ at: placeOf(root, path), path, message });
}
