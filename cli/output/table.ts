/**
 * Plain text tables as kubectl users know them: upper-case headers, padded columns, no borders.
 *
 * @module
 */

/**
 * Lays out rows in left-aligned columns.
 *
 * @param headers Column titles.
 * @param rows Cells; a missing cell is empty.
 * @param gap Spaces between two columns.
 * @returns Lines joined by newlines, with a final newline and no trailing spaces.
 */
export function table(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  gap = 2,
): string {
  return columns([headers, ...rows], gap).map((line) => line + "\n").join("");
}

/**
 * Pads cells so that columns line up.
 *
 * @param rows Cells of each line.
 * @param gap Spaces between two columns.
 * @returns One string a row, without trailing spaces.
 */
export function columns(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => widths[index] = Math.max(widths[index] ?? 0, displayWidth(cell)));
  }
  const separator = " ".repeat(gap);
  return rows.map((row) =>
    row.map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - displayWidth(cell)))
      .join(separator).trimEnd()
  );
}

/** Matches characters that take two columns: East Asian wide and full-width forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** The number of terminal columns that `text` takes. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}
