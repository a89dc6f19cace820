/**
 * Rows of benchmark tables: every figure stands beside its peer, or its limit, from the same run.
 *
 * @module
 */

/** One measurement. */
export interface BenchRow {
  /** What was measured, with its size: "apply, 400 objects, 50 at once". */
  readonly name: string;
  /** Our figure, in `unit`. */
  readonly ours: number;
  /** The figure of the peer, or of the limit, in `unit`. */
  readonly peer: number;
  /** Unit: `objects/s`, `ms`, ... */
  readonly unit: string;
  /** How many times better ours is; above 1 is better, whichever way the unit runs. */
  readonly ratio: number;
  /** The ratio that we want to reach; undefined without a goal. */
  readonly goal: number | undefined;
}

/** Which way a unit runs. */
export type Better = "more" | "less";

/**
 * Makes a row and computes its ratio.
 *
 * @param row Name, figures, unit and goal.
 * @param better Whether more of the unit is better (a rate) or less (a time).
 */
export function benchRow(
  row: Omit<BenchRow, "ratio">,
  better: Better,
): BenchRow {
  const ratio = better === "more" ? row.ours / row.peer : row.peer / row.ours;
  return { ...row, ratio };
}

/**
 * Renders rows as a table with padded columns.
 *
 * @param rows The rows.
 * @returns Lines without a line end at the end.
 */
export function benchTable(rows: readonly BenchRow[]): string {
  const cells = [
    ["NAME", "OURS", "PEER", "UNIT", "RATIO", "GOAL"],
    ...rows.map((row) => [
      row.name,
      figure(row.ours),
      figure(row.peer),
      row.unit,
      `${row.ratio.toFixed(2)}x`,
      row.goal === undefined ? "-" : `${row.goal}x ${row.ratio >= row.goal ? "met" : "missed"}`,
    ]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  return cells.map((line) =>
    line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ").trimEnd()
  ).join("\n");
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
