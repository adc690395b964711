import { inspect } from "node:util";
import { openDatabase, type Project } from "../../store/index.ts";
import { openRuns } from "../../track/index.ts";

/** Tags of a run, as its record and its run of `track` have them. */
export type Tags = Readonly<Record<string, string | number | boolean>>;

/** Tags that a run has from Stemma itself. */
const ownPrefix = "stemma.";

/** Tags of a run of a flow: read, added and taken away, also long after it ended. */
export class RunTags {
  readonly #project: Project;
  readonly #run: string;

  constructor(project: Project, run: string) {
    this.#project = project;
    this.#run = run;
  }

  /** All that people gave it, by name. */
  all(): Tags {
    return Object.fromEntries(Object.entries(this.#read()).filter(([name]) => !name.startsWith(ownPrefix)));
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#read(), name);
  }

  get(name: string): string | number | boolean | undefined {
    return this.#read()[name];
  }

  /** @param value `true` where the tag is a word by itself */
  async add(name: string, value: string | number | boolean = true): Promise<void> {
    if (typeof name !== "string" || name.trim() === "" || name.startsWith(ownPrefix))
      throw new TypeError(`A tag of a run is called ${JSON.stringify(name)}; give it a name of your own`);
    this.#change((tags) => ({ ...tags, [name]: value }));
    await openRuns(this.#project).setTags(this.#run, { [name]: String(value) });
  }

  /** Nothing happens where there is no such tag. */
  async remove(name: string): Promise<void> {
    if (name.startsWith(ownPrefix)) throw new TypeError(`${name} is a tag that the run needs`);
    this.#change(({ [name]: _, ...rest }) => rest);
    await openRuns(this.#project).deleteTag(this.#run, name);
  }

  toJSON(): Tags {
    return this.all();
  }

  #read(): Tags {
    const row = openDatabase(this.#project).first<{ readonly tags: string }>(
      "SELECT tags FROM flow_run WHERE uuid = ?",
      this.#run,
    );
    return row === null ? {} : (JSON.parse(row.tags) as Tags);
  }

  #change(change: (tags: Tags) => Tags): void {
    openDatabase(this.#project).write((sql) => {
      const row = sql.first<{ readonly tags: string }>("SELECT tags FROM flow_run WHERE uuid = ?", this.#run);
      if (row === null) return;
      const tags = JSON.stringify(change(JSON.parse(row.tags) as Tags));
      sql.run("UPDATE flow_run SET tags = ? WHERE uuid = ?", tags, this.#run);
    });
  }
}

// `run.tags` as the last expression of a cell. No member: a public type names no unique symbol.
Object.defineProperty(RunTags.prototype, inspect.custom, {
  value(this: RunTags): Tags {
    return this.all();
  },
});

/**
 * Whether tags are among those of a run: names, or a record with the values that they must have; `stage:prod` is
 * the name `stage` with the value `prod`.
 */
export function hasTags(tags: Tags, wanted: readonly string[] | Tags): boolean {
  if (!isList(wanted)) return Object.entries(wanted).every(([name, value]) => String(tags[name]) === String(value));
  return wanted.every((tag) => {
    if (Object.hasOwn(tags, tag)) return true;
    const colon = tag.indexOf(":");
    return colon > 0 && String(tags[tag.slice(0, colon)]) === tag.slice(colon + 1);
  });
}

function isList(wanted: readonly string[] | Tags): wanted is readonly string[] {
  return Array.isArray(wanted);
}
