// `npm run goldens`: compares with the reference's numbers, a line a tensor group, and ends with `N passed, N failed`.
// JEPA_GOLDENS names another folder of fixtures of the same form. Exit code 1 when a line fails.

import { fileURLToPath } from "node:url";
import { checks } from "../parity/checks.ts";
import { report } from "../parity/report.ts";

const folder = process.env.JEPA_GOLDENS ?? fileURLToPath(new URL(".", import.meta.url));
const failed = await report(folder, checks, (line) => process.stdout.write(`${line}\n`));
process.exitCode = failed > 0 ? 1 : 0;
