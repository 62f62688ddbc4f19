/** Offers a few values side by side, one of which is chosen; large enough for a glove. */
export function Choice<T extends string | number>(props: {
  readonly name: string;
  readonly legend: string;
  /** `null`: nothing yet. */
  readonly chosen: T | null;
  readonly onChoose: (value: T) => void;
  readonly children: readonly { readonly value: T; readonly text: string }[];
}) {
  return (
    <fieldset class="spans">
      <legend class="visually-hidden">{props.legend}</legend>
      {props.children.map(({ value, text }) => (
        <label key={value} class="span-choice">
          <input
            type="radio"
            name={props.name}
            checked={value === props.chosen}
            onChange={() => props.onChoose(value)}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
