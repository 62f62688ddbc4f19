/** Tests names of levels parted by `/`: `*` stands for anything within a level, `**` across levels. */
export function compileGlob(glob: string): (name: string) => boolean {
  const pattern = glob.replaceAll(/\*\*|\*|[^*]+/g, (piece) => {
    if (piece === '**') return '.*';
    return piece === '*' ? '[^/]*' : piece.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&');
  });
  const expression = new RegExp(`^${pattern}$`, 's');
  return (name) => expression.test(name);
}
