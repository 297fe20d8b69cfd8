// The curves of a run out of its metrics.jsonl, and what they say about time and collapse.

import type { Curves, Notice, Probes } from "../figures/index.ts";
import type { MetricsLine, RunSummary } from "../runs/index.ts";
import { quickProbeSamples } from "./quick-probe.ts";

/** What the collapse monitor looks at. */
export interface Health {
  /** Standard deviation of the targets over patches, mean over dimensions; 1 when nothing is lost. */
  readonly targetStd: number;
  /** RankMe of the teacher's features, at most the rows that it is measured on and the width. */
  readonly rank: number;
}

/** The trainer's collapse monitor: its limits, and the sentence that it says where they are passed. */
export interface CollapseMonitor {
  readonly limits: Health;
  warning(health: Health): string | undefined;
}

/** The columns that a report draws; NaN where a line lacks one. A column that no line has is left out. */
export function curvesOf(lines: readonly MetricsLine[], limits: Health): Curves {
  const column = (name: string) => Float64Array.from(lines, (line) => numberIn(line, name));
  const measured = (name: string) => {
    const values = column(name);
    return values.some(Number.isFinite) ? { [name]: values } : {};
  };
  const optional = ["targetStd", "rank", "learningRate", "imagesPerSecond", "dataWait"].map(measured);
  return { step: column("step"), loss: column("loss"), ...Object.assign({}, ...optional), limits };
}

/** The quick probes that were taken during training (`training.probeEvery`); undefined where there were none. */
export function probesOf(lines: readonly MetricsLine[]): Probes | undefined {
  const probed = lines.filter((line) => typeof line.probe === "number");
  if (probed.length === 0) return undefined;
  const { fitted, scored } = quickProbeSamples;
  return {
    step: probed.map(({ step }) => step),
    linear: Float64Array.from(probed, (line) => numberIn(line, "probe")),
    floors: [],
    measuredOn: `last layer, fitted on ${fitted.toLocaleString("en")} training pictures at most and scored on ${scored.toLocaleString("en")} others`,
  };
}

/** Minutes of training, from the pace of the logged steps: pauses between a stop and a resume do not count. */
export function minutesOf(lines: readonly MetricsLine[], batch: number): number {
  const seconds = lines.map((line, i) => {
    const steps = line.step - (lines[i - 1]?.step ?? 0);
    const spent = (steps * batch) / numberIn(line, "imagesPerSecond");
    return Number.isFinite(spent) ? spent : 0;
  });
  return seconds.reduce((sum, spent) => sum + spent, 0) / 60;
}

/** A warning where the run ended in collapse, since when; a note where it recovered; nothing otherwise. */
export function collapseNotices(lines: readonly MetricsLine[], monitor: CollapseMonitor): Notice[] {
  const measured = lines.flatMap((line) => {
    const health = { targetStd: numberIn(line, "targetStd"), rank: numberIn(line, "rank") };
    const isMeasured = Number.isFinite(health.targetStd) && Number.isFinite(health.rank);
    return isMeasured ? [{ step: line.step, said: monitor.warning(health) }] : [];
  });
  const lastHealthy = measured.findLastIndex(({ said }) => said === undefined);
  const since = measured[lastHealthy + 1];
  const [text] = [since?.said].flatMap((said) => said ?? []);
  if (since !== undefined && text !== undefined) return [{ level: "warning", step: since.step, text: capital(text) }];
  const passed = measured.find(({ said }) => said !== undefined);
  if (passed === undefined) return [];
  const recovered = "Representations were near collapse for a while and recovered.";
  return [{ level: "note", step: passed.step, text: recovered }];
}

/** What the state of a run means for whoever reads its report. */
export function stateNotices({ name, status, reason }: RunSummary): Notice[] {
  const remedy = `“jepa resume ${name}” goes on from the last checkpoint`;
  if (status === "failed") return [{ level: "failure", text: capital(reason ?? "the run failed"), remedy }];
  if (status === "stopped") return [{ level: "note", text: "The run was stopped before its last step.", remedy }];
  if (status === "running") return [{ level: "note", text: "The run was going on when this page was written." }];
  return [];
}

function numberIn(line: MetricsLine, name: string): number {
  const value = line[name];
  return typeof value === "number" ? value : Number.NaN;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
