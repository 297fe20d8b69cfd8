// Plain tables for a terminal: columns as wide as their longest
// cell, numbers to the right, two spaces between, no frame.
import { escapeLine } from "./escape.ts";

/** A column: its heading and on which side its cells stand. */
export interface Column {
  readonly heading: string;
  readonly align?: "left" | "right";
}

/** The table as lines without trailing spaces, heading first. Cells are escaped; a missing cell is empty. */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ heading }) => heading), ...rows].map((row) =>
    columns.map((_, column) => escapeLine(row[column] ?? "")),
  );
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => [...(line[column] ?? "")].length)));
  return lines
    .map((line) => line.map((cell, column) => padded(cell, widths[column] ?? 0, columns[column]?.align)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

function padded(cell: string, width: number, align: Column["align"] = "left"): string {
  const space = " ".repeat(Math.max(0, width - [...cell].length));
  return align === "right" ? space + cell : cell + space;
}
