import { posix } from "node:path";
import {
  isYamlMap,
  type PipelineSource,
  type StageSource,
  type YamlMap,
  type YamlValue,
  yamlEntries,
} from "../../format/index.ts";
import { PipelineError } from "../pipeline-error.ts";
import { AlreadyLoadedError, Context, ContextError, MergeError, type ReadParams, type UsedParams } from "./context.ts";
import { checkTemplates, type DictStyle, isTemplate, TemplateError } from "./expression.ts";
import { foreachIterations, type Iteration, matrixIterations } from "./iterate.ts";
import { typeName } from "./node.ts";

/** A stage with its templates filled in. */
export interface ResolvedStage {
  readonly name: string;
  /** The `foreach` or `matrix` stage that made it. */
  readonly group: string | null;
  /** Whether anything in it came from a template; such a stage cannot be edited by command. */
  readonly templated: boolean;
  readonly body: ReadonlyMap<string, YamlValue>;
  readonly used: UsedParams;
}

/** The parts of a `dvc.yaml` beside its stages, filled in. */
export interface ResolvedTop {
  readonly params: readonly string[];
  readonly metrics: readonly string[];
  readonly plots: readonly (string | YamlMap)[];
  readonly artifacts: YamlMap;
}

export interface ResolveOptions {
  /** The `dvc.yaml`, from the project's root; its folder is where params files are looked for. */
  readonly file: string;
  readonly readParams: ReadParams;
  readonly style: DictStyle;
}

export interface ResolvedPipeline extends ResolvedTop {
  /** In the order of the file; those of a group in the order of their items. */
  readonly stages: readonly ResolvedStage[];
}

/**
 * Fills in the templates of a `dvc.yaml`: vars, `${…}`, foreach, matrix (dvc/parsing/__init__.py, DataResolver).
 *
 * @throws {PipelineError} with DVC's sentence: "failed to parse 'stages.fit.cmd' in 'dvc.yaml': Could not find 'lr'"
 */
export function resolvePipeline(source: PipelineSource, options: ResolveOptions): ResolvedPipeline {
  return new Resolver(source, options).resolve();
}

class Resolver {
  private readonly source: PipelineSource;
  private readonly options: ResolveOptions;
  private readonly folder: string;
  private readonly context = new Context();

  constructor(source: PipelineSource, options: ResolveOptions) {
    this.source = source;
    this.options = options;
    this.folder = posix.dirname(options.file) === "." ? "" : posix.dirname(options.file);
  }

  resolve(): ResolvedPipeline {
    const { vars, stages, params, metrics, plots, artifacts } = this.source;
    this.refuseTemplates(vars, "vars");
    this.attempt("'vars'", () => {
      if (this.options.readParams(posix.join(this.folder, "params.yaml")) !== null) {
        this.load(this.context, "params.yaml", this.folder);
      }
      this.loadVars(this.context, vars, { folder: this.folder, stage: "" });
    });
    return {
      stages: [...stages].flatMap(([name, stage]) => this.stagesOf(name, stage)),
      params: this.top("params", params) as readonly string[],
      metrics: this.top("metrics", metrics) as readonly string[],
      plots: this.top("plots", plots) as readonly (string | YamlMap)[],
      artifacts: new Map(
        yamlEntries(artifacts).map(([name, value]) => [
          String(this.topOne(`artifacts.${String(name)}`, String(name))),
          this.topOne(`artifacts.${String(name)}`, value),
        ]),
      ),
    };
  }

  private top(where: string, values: readonly YamlValue[]): readonly YamlValue[] {
    return values.map((value, i) => this.topOne(`${where}.${i}`, value));
  }

  private topOne(where: string, value: YamlValue): YamlValue {
    return this.attempt(`'${where}'`, () => {
      checkTemplates(value);
      return this.context.resolve(value, null, this.options.style);
    });
  }

  private stagesOf(name: string, stage: StageSource): readonly ResolvedStage[] {
    if (stage.kind === "stage") {
      this.checkSyntax(name, stage.body);
      return [this.attempt(`stage '${name}'`, () => this.stage(name, stage.body, null), ContextError)];
    }
    const iterations = this.iterations(name, stage);
    this.checkSyntax(name, stage.body);
    return iterations.map((iteration) => {
      const generated = `${name}@${iteration.key}`;
      const resolved = (): ResolvedStage =>
        this.context.with(iteration.values, () => this.stage(generated, stage.body, name));
      return this.attempt(`stage '${generated}'`, resolved, ContextError);
    });
  }

  private iterations(name: string, stage: Exclude<StageSource, { readonly kind: "stage" }>): readonly Iteration[] {
    const { style } = this.options;
    const where = `'stages.${name}.${stage.kind}'`;
    const iterations = this.attempt(where, () => {
      return stage.kind === "foreach"
        ? foreachIterations(stage.items, this.context, style)
        : matrixIterations(stage.axes, this.context, style);
    });
    if (iterations !== null) return iterations;
    const got = stage.kind === "foreach" ? typeName(this.context.resolve(stage.items, null, style)) : "str";
    throw new PipelineError(
      `failed to resolve ${where} in '${this.options.file}': expected list/dictionary, got ${got}`,
    );
  }

  private checkSyntax(name: string, body: YamlMap): void {
    for (const [key, value] of yamlEntries(body)) {
      this.attempt(`'stages.${name}.${String(key)}'`, () => checkTemplates(value));
    }
  }

  private stage(name: string, body: YamlMap, group: string | null): ResolvedStage {
    const entries = new Map(yamlEntries(body).map(([key, value]) => [String(key), value]));
    const folder = this.stageFolder(name, entries.get("wdir"));
    const vars = (entries.get("vars") ?? []) as readonly (string | YamlMap)[];
    this.refuseTemplates(vars, `stages.${name}.vars`);
    const context = vars.length === 0 ? this.context : this.context.copy();
    this.attempt(
      `'stages.${name}.vars'`,
      () => this.loadVars(context, vars, { folder, stage: name }),
      AlreadyLoadedError,
    );
    entries.delete("vars");
    const { value, used } = context.tracking(
      () => new Map([...entries].map(([key, item]) => [key, this.field(context, { name, key }, item)] as const)),
    );
    const templated = group !== null || vars.length > 0 || [...entries.values()].some(hasTemplate);
    return { name, group, templated, body: value, used };
  }

  private field(context: Context, at: { readonly name: string; readonly key: string }, value: YamlValue): YamlValue {
    return this.attempt(`'stages.${at.name}.${at.key}'`, () => context.resolve(value, at.key, this.options.style));
  }

  private stageFolder(name: string, wdir: YamlValue | undefined): string {
    if (typeof wdir !== "string" || wdir === "") return this.folder;
    const resolved = this.attempt(`'stages.${name}.wdir'`, () =>
      this.context.resolve(wdir, "wdir", this.options.style),
    );
    return posix.join(this.folder, String(resolved));
  }

  private loadVars(
    context: Context,
    vars: readonly (string | YamlMap)[],
    at: { readonly folder: string; readonly stage: string },
  ): void {
    vars.forEach((item, i) => {
      if (typeof item === "string") this.load(context, item, at.folder);
      else context.merge(item, { source: `${at.stage}${at.stage === "" ? "" : "."}vars[${i}]`, path: [], local: true });
    });
  }

  private load(context: Context, item: string, folder: string): void {
    const file = item.includes(":") ? item.slice(0, item.indexOf(":")) : item;
    context.load(this.options.readParams, item, posix.join(folder, file));
  }

  private refuseTemplates(value: YamlValue, where: string): void {
    if (!hasTemplate(value)) return;
    throw new PipelineError(`failed to parse '${where}' in '${this.options.file}': interpolating is not allowed`);
  }

  /** Puts the place before the sentence of what goes wrong. */
  private attempt<T>(where: string, work: () => T, only: typeof PipelineError = PipelineError): T {
    try {
      return work();
    } catch (error) {
      const named = error instanceof PipelineError && error.message.startsWith("failed to ");
      if (!(error instanceof only) || named) throw error;
      const lines =
        error instanceof TemplateError || error instanceof MergeError || error instanceof AlreadyLoadedError;
      throw new PipelineError(
        `failed to parse ${where} in '${this.options.file}':${lines ? "\n" : " "}${error.message}`,
        {
          cause: error,
        },
      );
    }
  }
}

function hasTemplate(value: YamlValue): boolean {
  if (Array.isArray(value)) return value.some(hasTemplate);
  if (isYamlMap(value)) return yamlEntries(value).some(([key, item]) => isTemplate(key) || hasTemplate(item));
  return isTemplate(value) || (typeof value === "string" && value.includes("\\${"));
}
