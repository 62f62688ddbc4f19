/** What a key does on the page. */
export type Shortcut = 'acknowledge' | 'next' | 'previous' | 'help' | 'back';

/** The part of a key press that decides what it means. */
export interface KeyPress {
  readonly key: string;
  readonly isModified: boolean;
  /** Tag name of what has the focus, upper case. */
  readonly focus: string;
}

/** The keys, as the help shows them. */
export const SHORTCUT_KEYS: readonly { readonly key: string; readonly does: string }[] = [
  { key: 'j', does: 'Next alert' },
  { key: 'k', does: 'Previous alert' },
  { key: 'Enter', does: 'Open the alert' },
  { key: 'a', does: 'Acknowledge the open, selected or first alert' },
  { key: 'Esc', does: 'Close this help, or back to the plant' },
  { key: '?', does: 'Show this help' },
];

/** Tells what a key press means; `null` while somebody types, or with Ctrl, Alt or Meta, which belong to the browser. */
export function shortcutOf({ key, isModified, focus }: KeyPress): Shortcut | null {
  if (isModified) return null;
  const isTyping = focus === 'INPUT' || focus === 'TEXTAREA' || focus === 'SELECT';
  if (isTyping) return null;
  if (key === 'Escape') return 'back';
  switch (key) {
    case 'a':
      return 'acknowledge';
    case 'j':
      return 'next';
    case 'k':
      return 'previous';
    case '?':
      return 'help';
    default:
      return null;
  }
}
