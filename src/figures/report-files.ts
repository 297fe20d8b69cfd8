// Where a report goes on disk: `report.html` in the run's folder and each of its figures as a PNG beside it.
import { join } from "node:path";
import { makeFolders, replaceFile } from "../files/index.ts";
import { drawingPng } from "./drawing.ts";
import type { Report } from "./report.ts";
import { reportDrawings } from "./report-charts.ts";
import { renderReport } from "./report-page.ts";

/** What was written: the page, and the figures by name. */
export interface ReportFiles {
  readonly page: string;
  readonly figures: readonly string[];
}

/**
 * Writes `report.html` and `figures/<name>.png` into a run's folder, each whole or not at all, and returns their paths.
 * Throws `UserError` where the disk is full or the folder cannot be written.
 */
export async function writeReport(folder: string, report: Report): Promise<ReportFiles> {
  const page = join(folder, "report.html");
  await makeFolders(join(folder, "figures"));
  const figures: string[] = [];
  // One at a time: a rendered figure holds tens of megabytes until it is compressed.
  for (const drawing of Object.values(reportDrawings(report)).flat()) {
    const path = join(folder, "figures", `${drawing.name}.png`);
    await replaceFile(path, await drawingPng(drawing));
    figures.push(path);
  }
  await replaceFile(page, renderReport(report));
  return { page, figures };
}
