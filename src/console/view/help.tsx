import { useEffect, useRef } from 'preact/hooks';
import { useConsole } from './console-context.ts';
import { SHORTCUT_KEYS } from './shortcuts.ts';

/** Explains keys and signs, holds the way out for a phone, and lets a person switch the keys off who talks to the computer or has a tremor. */
export function Help(props: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly areKeysOn: boolean;
  readonly onKeys: (keys: 'on' | 'off') => void;
}) {
  const { state, signOut } = useConsole();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (props.isOpen && dialog.current?.open === false) dialog.current.showModal();
    if (!props.isOpen && dialog.current?.open === true) dialog.current.close();
  }, [props.isOpen]);
  const plant = state.plant.value;
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={props.onClose}>
      <h2 id="help-title">Help</h2>
      <dl class="keys">
        {SHORTCUT_KEYS.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={props.areKeysOn}
          onChange={(event) => props.onKeys(event.currentTarget.checked ? 'on' : 'off')}
        />
        Single keys act
      </label>
      <p>
        Colour means that something is not normal. A filled shape waits for an acknowledgement, a hollow one has it or
        is back to normal. HH and H are the very high and the high limit, L and LL the low ones. Of several alerts of a
        machine, “First out” marks the one that came first. Times are those of the plant.
      </p>
      {plant !== null && (
        <p class="page-note">
          Millwright {plant.version}, store: {plant.store.edition}, times in {plant.timezone}
        </p>
      )}
      <div class="help-end">
        <button type="button" class="button button-primary" onClick={props.onClose}>
          Close
        </button>
        <button type="button" class="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </dialog>
  );
}
