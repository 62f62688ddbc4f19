/** A text with its variables filled in. */
export interface Filled {
  /** Variables that are not set stay as they were written. */
  readonly text: string;
  /** Names of the variables that are not set, each once. */
  readonly missing: readonly string[];
}

/**
 * Fills `${NAME}` in a text of the plant file from the environment. `$${NAME}` stands for the characters `${NAME}`.
 * What is filled in is text and nothing else: it is not read as YAML and its own `${…}` are left alone.
 */
export function fillVariables(text: string, env: Readonly<Record<string, string | undefined>>): Filled {
  const missing = new Set<string>();
  const filled = text.replace(/(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, dollar: string, name: string) => {
    if (dollar !== '') return whole.slice(1);
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) missing.add(name);
    return value ?? whole;
  });
  return { text: filled, missing: [...missing] };
}
