import { mayAct } from '../state/may-act.ts';
import { useConsole } from './console-context.ts';

/** Says, where the buttons would be, why somebody may not use them. Nothing to who may. */
export function LookOnly({ doing }: { readonly doing: string }) {
  const { state } = useConsole();
  const session = state.session.value;
  if (mayAct(session)) return null;
  return (
    <p class="look-only" data-testid="look-only">
      Signed in as {session?.name ?? 'nobody'}, who may look and not {doing}: that takes a key with the scope “operate”.
    </p>
  );
}
