import { pipelineDag, printAscii, printDot, printMermaid } from "../../pipeline/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";

interface Flags extends VerbOptions {
  readonly dot?: true;
  readonly mermaid?: true;
  readonly md?: true;
  readonly collapseForeachMatrix?: true;
  readonly full?: true;
  readonly outs?: true;
}

/** `stemma dag`: the graph of stages or outputs, drawn or as text for Mermaid and Graphviz. */
export const registerDag: Register = (program) => {
  verb(program, "dag", "Draw the graph of stages")
    .argument("[target]", "a stage or an output; all without one")
    .option("--dot", "for Graphviz")
    .option("--mermaid", "for Mermaid")
    .option("--md", "for Mermaid, in a Markdown block")
    .option("--collapse-foreach-matrix", "one node for all stages of a foreach or matrix")
    .option("--full", "all that is connected with the target, not only what it needs")
    .option("-o, --outs", "outputs instead of stages")
    .action(draw);
};

async function draw(target: string | undefined, flags: Flags): Promise<void> {
  const dag = pipelineDag(dvcProject(), {
    folder: process.cwd(),
    ...(target === undefined ? {} : { target }),
    full: flags.full === true,
    outs: flags.outs === true,
    collapse: flags.collapseForeachMatrix === true,
  });
  if (flags.dot === true) print(`${printDot(dag)}\n`);
  else if (flags.md === true) print(`\`\`\`mermaid\n${printMermaid(dag)}\n\`\`\`\n`);
  else if (flags.mermaid === true) print(`${printMermaid(dag)}\n`);
  else print(`${await printAscii(dag)}\n`);
}
