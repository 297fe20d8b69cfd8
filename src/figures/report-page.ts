// `report.html`: one file that can be mailed. It runs no script and asks nothing of the network (its own policy forbids
// both), reads in light and dark, on paper and by screen reader; each chart's numbers are under "Show as table".
import { createHash } from "node:crypto";
import type { Drawing } from "./drawing.ts";
import { median, openingSentence } from "./findings.ts";
import { type Content, type Element, element, serialise } from "./markup.ts";
import { count, duration, numeral } from "./numerals.ts";
import type { EvaluationFacts, Notice, Report, RunFacts, Setting } from "./report.ts";
import { type ReportDrawings, reportDrawings } from "./report-charts.ts";
import { plainFigure, scoreTable, tableDetails, tabledFigure, wideFigure } from "./report-figures.ts";
import { reportStyle } from "./report-style.ts";

/** The whole page as HTML. */
export function renderReport(report: Report): string {
  const sections = sectionsOf(report, reportDrawings(report));
  const body = element("body", {}, [
    element("div", { class: "page" }, [
      header(report, sections),
      element("main", {}, sections.map(sectionElement)),
      footer(report.run),
    ]),
  ]);
  return `<!doctype html>\n${serialise(element("html", { lang: "en" }, [head(report.run), body]))}\n`;
}

/** One part of the page, with the name that the contents list shows. */
interface Section {
  readonly id: string;
  readonly name: string;
  readonly content: readonly Content[];
}

function head({ name, method }: RunFacts): Element {
  const style = reportStyle();
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return element("head", {}, [
    element("meta", { charset: "utf-8" }),
    element("meta", { "http-equiv": "Content-Security-Policy", content: policy }),
    element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    element("meta", { name: "color-scheme", content: "light dark" }),
    element("meta", { name: "referrer", content: "no-referrer" }),
    element("title", {}, `${name} – ${method} report`),
    element("style", {}, style),
  ]);
}

function header({ run, evaluation, curves }: Report, sections: readonly Section[]): Element {
  const pace = median(curves.imagesPerSecond ?? []);
  const facts: [string, string][] = [
    ["State", stateWords[run.state]],
    ["Steps", run.step === run.steps ? count(run.step) : `${count(run.step)} of ${count(run.steps)}`],
    ["Time", duration(run.minutes)],
    ...(pace === undefined ? [] : [["Pictures a second", numeral(pace, 3)] satisfies [string, string]]),
    ["Recipe", run.recipe],
    ["Seed", String(run.seed)],
  ];
  const entries = sections.map(({ id, name }) => element("li", {}, element("a", { href: `#${id}` }, name)));
  return element("header", {}, [
    element("p", { class: "kicker" }, `${run.method} on ${run.data}`),
    element("h1", {}, run.name),
    element("p", { class: "lead" }, openingSentence(run, evaluation)),
    element("dl", { class: "facts" }, facts.map(fact)),
    element("nav", { "aria-label": "Contents" }, element("ul", {}, entries)),
  ]);
}

/** A mark as well as a word, so that the state is seen at a glance and not by colour. */
const stateWords = { finished: "✓ finished", running: "… running", stopped: "‖ stopped", failed: "✕ failed" } as const;

function fact([term, value]: [string, string]): Element {
  return element("div", {}, [element("dt", {}, term), element("dd", {}, value)]);
}

function sectionsOf(report: Report, drawings: ReportDrawings): Section[] {
  const { notices, evaluation, run, settings } = report;
  const urgent = notices.filter(({ level }) => level !== "note");
  const calm = notices.filter(({ level }) => level === "note");
  const all: Section[] = [
    { id: "warnings", name: "Warnings", content: urgent.length === 0 ? [] : [noticeList(urgent)] },
    { id: "learned", name: "What was learned", content: learned(evaluation, run, drawings.scores) },
    { id: "training", name: "How training went", content: training(drawings.training) },
    { id: "masks", name: "What it was asked", content: described(maskSentence, drawings.masks) },
    { id: "features", name: "What it sees", content: described(featureSentence, drawings.features) },
    { id: "neighbours", name: "What it finds alike", content: described(neighbourSentence, drawings.neighbours) },
    { id: "notices", name: "Notices", content: calm.length === 0 ? [] : [noticeList(calm)] },
    { id: "again", name: "How to run it again", content: again(run, settings) },
  ];
  return all.filter(({ content }) => content.length > 0);
}

function sectionElement({ id, name, content }: Section): Element {
  const headingId = `${id}-heading`;
  return element("section", { id, "aria-labelledby": headingId }, [element("h2", { id: headingId }, name), ...content]);
}

const maskSentence =
  "In each picture the encoder sees only the context. From it the predictor must say what the teacher, which sees everything, makes of the patches in each target block.";
const featureSentence =
  "Each square is one patch, coloured by where its features lie. Patches of one colour are alike to the encoder; an untrained encoder mostly repeats the picture's own colours and positions.";
const neighbourSentence =
  "If features hold what a picture shows, its nearest neighbours show the same kind of thing, also where colours and backgrounds differ.";
const lossSentence =
  "The loss is a moving target: the teacher whose features are predicted changes as the student learns, so the loss often rises after the first passes over the data and says little by itself. Judge by probe and rank.";

function described(sentence: string, drawings: readonly Drawing[]): Content[] {
  return drawings.length === 0 ? [] : [element("p", {}, sentence), ...drawings.map(wideFigure)];
}

function learned(evaluation: EvaluationFacts | undefined, run: RunFacts, drawings: readonly Drawing[]): Content[] {
  if (evaluation === undefined) {
    const words = "No accuracy has been measured yet. This measures it, with the floors beside it:";
    return [element("p", {}, words), element("pre", {}, element("code", {}, run.commands.evaluate))];
  }
  return [...drawings.map(plainFigure), scoreTable(evaluation.scores)];
}

function training(drawings: readonly Drawing[]): Content[] {
  const grid = element("div", { class: "pair" }, drawings.map(tabledFigure));
  return [element("p", {}, lossSentence), grid];
}

function again(run: RunFacts, settings: readonly Setting[]): Content[] {
  const command = (words: string, text: string) => [
    element("p", { class: "aside" }, words),
    element("pre", {}, element("code", {}, text)),
  ];
  const facts: [string, string][] = [
    ["Machine", run.machine],
    ["Software", run.software],
  ];
  const rows = settings.map(({ field, value, source = "" }) => [field, value, source]);
  return [
    ...command("The same run from the start:", run.commands.rerun),
    ...command("On from its last checkpoint:", run.commands.resume),
    element("dl", { class: "facts" }, facts.map(fact)),
    ...(rows.length === 0
      ? []
      : [
          tableDetails(`All ${rows.length} settings`, "Settings", { columns: ["recipe field", "value", "from"], rows }),
        ]),
  ];
}

const levelWords = { note: "Note", warning: "! Warning", failure: "✕ Failure" } as const;

function noticeList(notices: readonly Notice[]): Element {
  const items = notices.map(({ level, step, text, remedy }) => {
    const where = step === undefined ? "" : ` at step ${count(step)}`;
    const cure =
      remedy === undefined ? [] : [element("br"), element("span", { class: "aside" }, `What helps: ${remedy}`)];
    return element("li", { class: `notice ${level}` }, [
      element("b", {}, `${levelWords[level]}${where}. `),
      text,
      ...cure,
    ]);
  });
  return element("ul", { class: "notices" }, items);
}

function footer({ software }: RunFacts): Element {
  return element("footer", {}, `Written by ${software}. This page runs no script and makes no request.`);
}
