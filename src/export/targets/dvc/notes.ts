import type { StepPlan } from "../../../flow/index.ts";
import type { FlowWork } from "../../source.ts";

/** What the options of the steps mean in a pipeline, where that is not what they mean in flow(). */
export function optionNotes({ plan, steps }: FlowWork): readonly string[] {
  const uses = (step: StepPlan, what: string): boolean => steps.get(step.id)?.uses.includes(what) === true;
  const says: readonly (readonly [has: (step: StepPlan) => boolean, text: (names: string) => string])[] = [
    [
      ({ env }) => Array.isArray(env) && env.length > 0,
      (names) =>
        `DVC sees no change of the environment variables that ${names} depends on: \`dvc repro -f\` with the stage's name runs it again.`,
    ],
    [
      (step) => step.card || uses(step, "card"),
      (names) => `The cards of ${names} are not drawn: write what they show to a file, or \`plots\` of dvc.yaml.`,
    ],
    [
      (step) => uses(step, "checkpoint"),
      (names) =>
        `A checkpoint of ${names} serves the next try of the same run of the stage; a new \`dvc repro\` begins anew.`,
    ],
    [
      (step) => step.catch !== null,
      (names) =>
        `What stands for a failure of ${names} is a result for DVC: \`dvc repro -f\` with the stage's name tries again.`,
    ],
    [
      ({ resources, run }) => resources !== null || run === "slurm",
      (names) => `What ${names} asks of the machine is not part of the pipeline: a stage has what \`dvc repro\` has.`,
    ],
    [({ systemMetrics }) => systemMetrics, (names) => `The system metrics of ${names} are not logged.`],
  ];
  return says.flatMap(([has, text]) => {
    const names = plan.steps.filter(has).map(({ id }) => id);
    return names.length === 0 ? [] : [text(names.join(", "))];
  });
}
