// The table: every operation by name, gathered from the families, so that a new row in a family is in the table
// at once. A row that lacks a part does not compile; a row without test samples fails the walk over this table.

import * as activation from "./activation.ts";
import * as attention from "./attention.ts";
import * as comparison from "./comparison.ts";
import * as contraction from "./contraction.ts";
import * as elementwise from "./elementwise.ts";
import * as indexing from "./indexing.ts";
import * as movement from "./movement.ts";
import * as normalisation from "./normalisation.ts";
import type { Operation } from "./operation.ts";
import * as reduction from "./reduction.ts";

type Family = Readonly<Record<string, unknown>>;
const families: readonly Family[] = [
  elementwise,
  activation,
  comparison,
  reduction,
  contraction,
  attention,
  movement,
  normalisation,
  indexing,
];

/** Every row of the engine by the name of its operation. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  families.flatMap((family) => Object.values(family).filter(hasRow)).map(({ row }) => [row.name, row]),
);

function hasRow(value: unknown): value is { readonly row: Operation } {
  return typeof value === "function" && "row" in value;
}
