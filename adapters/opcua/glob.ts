/** A glob over paths with `/` as a regular expression: `*` within a level, `**` across levels, `?` one character. */
export function globPattern(glob: string): RegExp {
  const text = glob.replace(/\*\*\/|\*\*|\*|\?|[\\^$.|+()[\]{}]/g, (part) => {
    switch (part) {
      case '**/':
        return '(?:.*/)?';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      default:
        return `\\${part}`;
    }
  });
  return new RegExp(`^${text}$`, 'i');
}
