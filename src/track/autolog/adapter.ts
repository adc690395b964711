import type { SavedModel, Tensor } from "../models/index.ts";

/** What an adapter tells of a training that goes on; every call may come at any time until the training is over. */
export interface TrainingLog {
  /** What the training was started with: plain JSON, records as `name.key`. */
  params(params: object): void;
  /** @param step the epoch, where the training has some */
  metrics(metrics: Readonly<Record<string, number>>, step?: number): void;
  tags(tags: Readonly<Record<string, string>>): void;
  /** The data it was trained on: rows of features, and what they were to give. */
  data(features: Tensor, targets: Tensor | null): void;
  /** The trained model; kept as `model`. */
  model(model: unknown, inputExample?: unknown): Promise<SavedModel>;
}

/** Opens a log for one training: of the run that is open, or of one of its own, which ends with it. */
export type StartLog = (name: string) => TrainingLog & {
  /** Ends the training: a run of its own is ended when all is kept. */
  done(error?: unknown): Promise<void>;
};

/** Knows how one library trains. Add your own with `track.autolog({ name: module }, [adapter])`. */
export interface AutologAdapter {
  /** The package that it is for. */
  readonly name: string;
  /**
   * Puts itself before what trains in the module (or class) given, for all models.
   *
   * @returns what takes it away again
   */
  patch(module: object, start: StartLog): () => void;
  /** Whether it can put itself before the training of this one model. */
  accepts(model: object): boolean;
  /** The same for one model. */
  patchModel(model: object, start: StartLog): () => void;
  /** A class whose constructor trains, as one that logs; absent where none does. */
  traced?<Class extends object>(trained: Class, start: StartLog): Class | null;
}
