// How the command line shows a data set being fetched, looked through, decoded or written.
import type { DataProgress } from "../data/index.ts";
import type { Terminal } from "./terminal.ts";

const doing = { fetch: "fetching", scan: "looking through", decode: "decoding", write: "writing" } as const;

/** Shows reports of the data room as progress. */
export function dataProgress(terminal: Terminal): (report: DataProgress) => void {
  return ({ stage, subject, done, total, unit }) => {
    const amount = unit === "bytes" ? `${megabytes(done)} of ${megabytes(total)} MB` : `${done} of ${total} pictures`;
    terminal.progress({ done, total, text: `${doing[stage]} ${subject}: ${amount}` });
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
