// One training step: programs in four stages over one store.
//   1 targets    the teacher's features, some pictures at a time, then the objective's normalisation over the whole batch
//   2 gradients  the student's forward and backward pass, one micro-batch after the other, adding to the gradient store
//   3 norm       of the whole gradient: a number that is not finite stops the run before anything is overwritten
//   4 update     AdamW and the teacher's average, chunk by chunk, in place

import type { ParameterBook } from "../nn/index.ts";
import type { Choices, Method } from "../objectives/index.ts";
import {
  type AdamOptions,
  clipScale,
  type StepSettings,
  squaredNorms,
  updateOfChunk,
  updateScalars,
} from "../optim/index.ts";
import { type Program, ProgramShelf, type Runtime, type Values } from "../runtime/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { chooseTeacherBatch } from "./micro-batch.ts";
import type { ModelState } from "./model-state.ts";
import {
  type ChoiceShapes,
  gradientName,
  type PictureType,
  termName,
  totalName,
  traceFeatures,
  traceGradients,
  traceTargets,
} from "./programs.ts";

/** What does not change from step to step. */
export interface StepOptions {
  /** Pictures of a step. */
  readonly batch: number;
  /**
   * Pictures that are computed at once, at most; divides the batch. Other sizes change results by rounding only.
   */
  readonly microBatch: number;
  readonly adam: AdamOptions;
  /** Largest norm of the whole gradient, more than 0; not clipped when absent. */
  readonly clip?: number | undefined;
  /** Bytes when absent. */
  readonly pictureType?: PictureType;
}

/** [batch, crop, crop, 3] */
export type PictureValues = Uint8Array | Float32Array;

/** What a recipe prescribes for one step. */
export type Schedules = Omit<StepSettings, "scale">;

/** What a step found, before its update. */
export interface StepResult {
  /** Terms of the loss by name, means over the batch. */
  readonly terms: Readonly<Record<string, number>>;
  /** Their sum. */
  readonly loss: number;
  /** Of the whole gradient, before it is clipped; NaN or infinite where some of it is. */
  readonly gradientNorm: number;
}

/**
 * Takes training steps on a model's state, in place. Programs are compiled when they are
 * first needed and kept until `close`, those of gradients until batches of other shapes come.
 *
 * Steps are taken one after the other: none begins before the last one's promise is
 * settled. The stages of a step may be called by themselves, in the order of `run`.
 */
export class Stepper {
  /** [batch, tokens, width]: the teacher's features of the last batch, before normalisation. */
  readonly features: Float32Array;
  /** [batch, tokens, width]: the targets of the last batch. */
  readonly targets: Float32Array;
  readonly #fixed = new ProgramShelf(Number.POSITIVE_INFINITY);
  /**
   * Gradient programs by the shapes of their choices: all that are usual, which share their memory, or one other; of the
   * published masks, nine batches in a thousand. Both at a time would take twice the memory (ViT-S/16: 400 MB more), so
   * they take turns; and as the freed memory is in pieces then, the other is of half as many pictures.
   */
  #gradients: ReadonlyMap<string, Program> = new Map();
  #gradientSeconds = 0;
  /** Shapes of usual choices of a micro-batch, by key. */
  #usualShapes: ReadonlyMap<string, ChoiceShapes> | undefined;
  readonly #runtime: Runtime;
  readonly #method: Method;
  readonly #book: ParameterBook;
  readonly #state: ModelState;
  readonly #options: StepOptions;

  /**
   * @param book what the method declares, as `declaredBy` gives it
   * @param state made of the same method and book; it is read and overwritten
   */
  constructor(runtime: Runtime, method: Method, book: ParameterBook, state: ModelState, options: StepOptions) {
    const count = options.batch * method.tokens * method.width;
    this.features = new Float32Array(count);
    this.targets = new Float32Array(count);
    this.#runtime = runtime;
    this.#method = method;
    this.#book = book;
    this.#state = state;
    this.#options = options;
  }

  /** Seconds spent compiling so far. */
  get compileSeconds(): number {
    return this.#gradientSeconds + this.#fixed.compileSeconds;
  }

  /**
   * Takes one step.
   *
   * @param pictures [batch, crop, crop, 3]
   * @returns the loss before the update; when the gradient's norm is not finite nothing was updated
   * @throws UserError where an array has the wrong type or length; whatever the engine throws when it compiles or runs
   */
  async run(pictures: PictureValues, choices: Choices, schedules: Schedules): Promise<StepResult> {
    await this.computeTargets(pictures);
    const terms = await this.computeGradients(pictures, choices);
    const gradientNorm = await this.gradientNorm();
    if (Number.isFinite(gradientNorm)) await this.update(schedules, clipScale(gradientNorm, this.#options.clip));
    const loss = Object.values(terms).reduce((sum, term) => sum + term, 0);
    return { terms, loss, gradientNorm };
  }

  /**
   * The teacher's features of pictures [batch, crop, crop, 3]
   * into `features`, and the targets made of them into `targets`.
   */
  async computeTargets(pictures: PictureValues): Promise<void> {
    const { batch, microBatch } = this.#options;
    const { tokens, width, crop } = this.#method;
    const atOnce = chooseTeacherBatch({ microBatch, tokens });
    const program = await this.#compiled("features", () =>
      traceFeatures(this.#method, this.#book, atOnce, this.#options.pictureType),
    );
    for (let from = 0; from < batch; from += atOnce) {
      const seen = partOf(pictures, crop * crop * 3, from, atOnce);
      const features = partOf(this.features, tokens * width, from, atOnce);
      await program.run({ ...this.#state.feeds, pictures: seen }, { features });
    }
    const normalise = await this.#compiled("targets", () => traceTargets(this.#method, batch));
    await normalise.run({ features: this.features }, { targets: this.targets });
  }

  /**
   * Gradients of the whole batch into the state's gradients, towards the `targets` that are there.
   *
   * @param pictures [batch, crop, crop, 3], those that the targets were made of
   * @returns the terms of the loss by name
   */
  async computeGradients(pictures: PictureValues, choices: Choices): Promise<Record<string, number>> {
    const { batch } = this.#options;
    const { tokens, width, crop } = this.#method;
    const totals: Record<string, number> = {};
    const atOnce = this.#gradientPictures(choices);
    const added = atOnce < batch;
    if (added) this.#state.gradients.fill(0);
    for (let from = 0; from < batch; from += atOnce) {
      const drawn = choices.forPictures(from, from + atOnce);
      const program = await this.#gradientProgram(drawn, atOnce);
      const feeds = {
        ...this.#state.feeds,
        ...(added ? this.#gradientFeeds(totalName) : {}),
        ...Object.fromEntries(Object.entries(drawn).map(([name, { values }]) => [name, values])),
        pictures: partOf(pictures, crop * crop * 3, from, atOnce),
        targets: partOf(this.targets, tokens * width, from, atOnce),
      };
      const results = await program.run(feeds, this.#gradientFeeds(gradientName));
      for (const { name } of program.outputs.filter((port) => port.name.startsWith(termName("")))) {
        const term = name.slice(termName("").length);
        totals[term] = (totals[term] ?? 0) + Number(results[name][0]);
      }
    }
    return totals;
  }

  /** Euclidean norm of the state's gradients, 0 or more; NaN or infinite when any part of them is. */
  async gradientNorm(): Promise<number> {
    const { gradients, layout } = this.#state;
    const program = await this.#compiled("norm", () => squaredNorms(layout.length));
    const { norms } = await program.run({ gradients });
    const total = Array.from(norms, Number).reduce((sum, norm) => sum + norm, 0);
    return Math.sqrt(total);
  }

  /**
   * Updates parameters, moments and teacher by the state's gradients.
   *
   * @param scale factor of the gradients, 0..1; used only where the options clip
   */
  async update(schedules: Schedules, scale = 1): Promise<void> {
    const { layout, groups } = this.#state;
    const { adam, clip } = this.#options;
    for (const { start, end, decayed, taught } of groups) {
      const program = await this.#compiled(`update ${taught}`, () =>
        updateOfChunk({ ...adam, chunk: layout.chunk, teacher: taught, scaled: clip !== undefined }),
      );
      const scalars = updateScalars(adam, { ...schedules, decay: decayed ? schedules.decay : 0, scale });
      for (let at = start; at < end; at += layout.chunk) {
        const chunk = (buffer: Float32Array) => buffer.subarray(at, at + layout.chunk);
        const { parameters, first, second, teacher, gradients } = this.#state;
        const old = {
          parameters: chunk(parameters),
          first: chunk(first),
          second: chunk(second),
          teacher: chunk(teacher),
        };
        await program.run(
          { ...old, gradients: chunk(gradients), ...scalars },
          { newParameters: old.parameters, newFirst: old.first, newSecond: old.second, newTeacher: old.teacher },
        );
      }
    }
  }

  /** Gives the programs' memory back; no step can be taken afterwards. */
  async close(): Promise<void> {
    await this.#releaseGradients();
    await this.#fixed.release();
  }

  /** Pictures whose gradients are computed at once: half a micro-batch, if it is even, where the choices are unusual. */
  #gradientPictures(choices: Choices): number {
    const { microBatch } = this.#options;
    const drawn = choices.forPictures(0, microBatch);
    return microBatch % 2 === 0 && !this.#usual().has(keyOf(drawn, microBatch)) ? microBatch / 2 : microBatch;
  }

  async #gradientProgram(choices: ChoiceShapes, pictures: number): Promise<Program> {
    const there = this.#gradients.get(keyOf(choices, pictures));
    if (there !== undefined) return there;
    await this.#releaseGradients();
    this.#gradients = await this.#compileGradients(choices, pictures);
    return this.#gradientProgram(choices, pictures);
  }

  /** The programs of all usual choices where these are among them, else of these. */
  async #compileGradients(choices: ChoiceShapes, pictures: number): Promise<ReadonlyMap<string, Program>> {
    const key = keyOf(choices, pictures);
    const together = this.#usual().has(key) ? this.#usual() : new Map([[key, choices]]);
    const graphs = [...together.values()].map((each) => this.#traceGradients(each, pictures));
    const programs =
      graphs.length === 1 ? [await this.#runtime.compile(graphs[0])] : await this.#runtime.compileTogether(graphs);
    this.#gradientSeconds += programs.reduce((sum, { compileSeconds }) => sum + compileSeconds, 0);
    const keys = [...together.keys()];
    return new Map(programs.map((program, i) => [keys[i], program]));
  }

  #usual(): ReadonlyMap<string, ChoiceShapes> {
    const { microBatch } = this.#options;
    this.#usualShapes ??= new Map(
      this.#method.usualChoices(microBatch).map((choices) => [keyOf(choices, microBatch), choices]),
    );
    return this.#usualShapes;
  }

  async #releaseGradients(): Promise<void> {
    const programs = this.#gradients;
    this.#gradients = new Map();
    for (const program of programs.values()) await program.release();
  }

  #traceGradients(choices: ChoiceShapes, pictures: number): Record<string, Tensor> {
    const { batch, pictureType } = this.#options;
    return traceGradients(this.#method, this.#book, pictures, choices, {
      trained: (name) => this.#state.layout.entries.has(name),
      added: pictures < batch,
      type: pictureType,
    });
  }

  #gradientFeeds(nameOf: (feed: string) => string): Record<string, Float32Array> {
    return Object.fromEntries(Object.entries(this.#state.gradientViews).map(([feed, view]) => [nameOf(feed), view]));
  }

  #compiled(name: string, trace: () => Record<string, Tensor>): Promise<Program> {
    return this.#fixed.take(name, () => this.#runtime.compile(trace()));
  }
}

function keyOf(choices: ChoiceShapes, pictures: number): string {
  return [`${pictures} pictures`, ...Object.entries(choices).map(([name, { shape }]) => `${name} ${shape}`)].join();
}

/** The rows of `count` pictures from the `from`th on, each of `each` numbers; a view. */
function partOf<Array extends Values>(values: Array, each: number, from: number, count: number) {
  return values.subarray(from * each, (from + count) * each);
}
