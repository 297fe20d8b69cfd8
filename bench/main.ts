// `npm run bench -- <bench> [flags]`: each bench asks one question, and runs its peer in the same run when asked.

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { UserError } from "../src/errors/index.ts";
import { againstPytorch } from "./against.ts";
import { benchEncode, runParticipant } from "./encode.ts";
import { profileStep } from "./profile.ts";
import { benchStep, shapes } from "./step.ts";

const usage = `npm run bench -- step [--model tiny|small|base] [--json] [--profile] [--against pytorch]
                      [--rounds N] [--micro-batch N] [--threads N]
npm run bench -- encode [--model small|base] [--batch N] [--from tensors|files]
                        [--against transformersjs,pytorch] [--json] [--threads N]

step: one whole I-JEPA step (targets, context encoder, predictor, backward pass, AdamW, EMA) at the shapes of
bench/peers/train_step.py; the roof is a 2048^3 product in the same run. --against needs a Python with torch
(JEPA_PYTHON names it); both run in turn. --profile tells where the time goes, operator by operator.

encode: pictures a second of an encoder (ViT-S/16 or ViT-B/16, untrained), from ready tensors or from JPEG files of 500 x 375
(decoded and resized each time), each participant in a process of its own, three rounds in turn.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string", default: "small" },
    json: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    against: { type: "string" },
    rounds: { type: "string" },
    "micro-batch": { type: "string" },
    threads: { type: "string", default: String(availableParallelism()) },
    batch: { type: "string", default: "16" },
    from: { type: "string", default: "tensors" },
    participant: { type: "string" },
    folder: { type: "string", default: "" },
    help: { type: "boolean", default: false },
  },
});

const whole = (text: string | undefined) => (text === undefined ? undefined : Math.max(1, Math.floor(Number(text))));

async function encode(): Promise<void> {
  const from = values.from === "files" ? "files" : "tensors";
  const shared = { from, batch: whole(values.batch) ?? 16, threads: whole(values.threads) ?? 1 } as const;
  const { participant: who, folder } = values;
  if (who !== undefined) {
    console.log(JSON.stringify(await runParticipant({ ...shared, who, folder })));
    return;
  }
  const named = (values.against ?? "").split(",");
  const against = (["transformersjs", "pytorch"] as const).filter((peer) => named.includes(peer));
  const model = values.model === "base" ? "base" : "small";
  const figures = await benchEncode({ ...shared, model, against });
  console.log(values.json ? JSON.stringify(figures) : tableOf(figures));
}

async function main(): Promise<void> {
  if (positionals[0] === "encode" && !values.help) return encode();
  if (values.help || positionals[0] !== "step") {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  if (!(values.model in shapes)) {
    throw new UserError({
      where: "--model",
      expected: Object.keys(shapes).join(", "),
      received: values.model,
      remedy: "use one of these",
    });
  }
  const options = {
    microBatch: whole(values["micro-batch"]),
    threads: whole(values.threads) ?? 1,
    rounds: whole(values.rounds) ?? 7,
  };
  if (values.profile) console.log(await profileStep(values.model, options));
  else if (values.against !== undefined) console.log(await againstPytorch(values.model, values.json));
  else {
    const figures = await benchStep(values.model, options);
    console.log(values.json ? JSON.stringify(figures) : tableOf(figures));
  }
}

function tableOf(figures: object): string {
  return Object.entries(figures)
    .map(
      ([name, value]) =>
        `${name.padEnd(18)} ${typeof value === "number" ? Number(value.toPrecision(4)) : JSON.stringify(value)}`,
    )
    .join("\n");
}

await main().catch((error: unknown) => {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = error instanceof UserError ? error.exitCode : 1;
});
