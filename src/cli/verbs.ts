// The commands, one line each, in the order of the help. A new command is its file and a line here.
import type { Command } from "./command.ts";
import { classify } from "./verbs/classify.ts";
import { classifyTrain } from "./verbs/classify-train.ts";
import { dataExport } from "./verbs/data-export.ts";
import { dataFetch } from "./verbs/data-fetch.ts";
import { dataShow } from "./verbs/data-show.ts";
import { doctor } from "./verbs/doctor.ts";
import { embed } from "./verbs/embed.ts";
import { evaluate } from "./verbs/eval.ts";
import { exportModel } from "./verbs/export.ts";
import { graph } from "./verbs/graph.ts";
import { indexVerb } from "./verbs/index-pictures.ts";
import { inspect } from "./verbs/inspect.ts";
import { pretrain } from "./verbs/pretrain.ts";
import { recipes } from "./verbs/recipes.ts";
import { report } from "./verbs/report.ts";
import { resume } from "./verbs/resume.ts";
import { runs } from "./verbs/runs.ts";
import { search } from "./verbs/search.ts";
import { show } from "./verbs/show.ts";

export const commands: readonly Command[] = [
  pretrain,
  resume,
  evaluate,
  report,
  runs,
  embed,
  indexVerb,
  search,
  classifyTrain,
  classify,
  show,
  inspect,
  exportModel,
  recipes,
  graph,
  dataFetch,
  dataShow,
  dataExport,
  doctor,
];
