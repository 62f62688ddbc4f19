/** Writes a Markdown table whose columns line up in the source too. */
export function table(header, rows) {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}

/**
 * Puts each part between `<!-- name:begin -->` and `<!-- name:end -->` and leaves the rest of a page alone.
 * Throws when the page lacks a pair, so that no table is forgotten, and when a pair has no part.
 */
export function fillMarkers(page, parts, file) {
  for (const [, name] of page.matchAll(/<!-- ([a-z-]+):begin -->/g)) {
    if (!(name in parts)) throw new Error(`${file}: nothing goes between the markers of "${name}"`);
  }
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new Error(`${file}: the markers ${begin} and ${end} are missing`);
    return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`;
  }, page);
}
