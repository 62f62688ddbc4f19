import type { Session } from '../api.generated.ts';

/** The scope that everything asks for that the console changes. */
const SCOPE = 'operate';

/** Whether who is signed in may do more than look. While that is not known the service decides. */
export function mayAct(session: Pick<Session, 'scopes'> | null | undefined): boolean {
  return session?.scopes.some((scope) => scope === SCOPE || scope === '*') ?? true;
}
