/** The fitted SEIR model as something that Stemma keeps: its numbers as JSON. */
import type { ModelFlavor } from "stemma";
import { type Rates, simulate } from "./seir";

/** A fitted model: how many are ill on each day of an outbreak. */
export class Seir {
  readonly rates: Rates;
  readonly people: number;
  /** On the first day. */
  readonly infectious: number;

  constructor(rates: Rates, people: number, infectious: number) {
    this.rates = rates;
    this.people = people;
    this.infectious = infectious;
  }

  /** Ill people on a day; the first day is 1. */
  ill(day: number): number {
    return simulate(this.rates, { people: this.people, infectious: this.infectious, days: day })[day - 1];
  }
}

/** How a `Seir` is kept as a model: its numbers as JSON; asked with a table that has a column `day`. */
export const seirFlavor: ModelFlavor<Seir> = {
  name: "seir",
  accepts: (model) => model instanceof Seir,
  save: async (model, folder) => {
    await folder.write("seir.json", JSON.stringify(model));
    return { facts: { data: "seir.json" } };
  },
  load: async (folder) => {
    const { rates, people, infectious } = JSON.parse(Buffer.from(await folder.read("seir.json")).toString());
    return new Seir(rates, people, infectious);
  },
  predict: async (model, input) => {
    const days = input.kind === "frame" ? input.frame.columns.find(({ name }) => name === "day") : undefined;
    if (days === undefined) throw new Error("A SEIR model is asked with a table that has a column `day`.");
    return { ill: Array.from(days.values, (day) => model.ill(Number(day))) };
  },
};
