/** The SEIR compartment model, solved with the classical Runge-Kutta method. */

/** Rates per day. `beta`: transmission, `sigma`: 1 / days of incubation, `gamma`: 1 / days of illness. */
export interface Rates {
  readonly beta: number;
  readonly sigma: number;
  readonly gamma: number;
}

/** People in each compartment: susceptible, exposed, infectious, recovered. */
export type State = readonly [s: number, e: number, i: number, r: number];

function change([s, e, i]: State, rates: Rates, people: number): State {
  const infections = (rates.beta * s * i) / people;
  const onsets = rates.sigma * e;
  const recoveries = rates.gamma * i;
  return [-infections, infections - onsets, onsets - recoveries, recoveries];
}

function moved(state: State, by: State, days: number): State {
  const [s, e, i, r] = state;
  return [s + days * by[0], e + days * by[1], i + days * by[2], r + days * by[3]];
}

/** One step of the fourth-order Runge-Kutta method. */
export function rk4(state: State, rates: Rates, days: number): State {
  const people = state[0] + state[1] + state[2] + state[3];
  const k1 = change(state, rates, people);
  const k2 = change(moved(state, k1, days / 2), rates, people);
  const k3 = change(moved(state, k2, days / 2), rates, people);
  const k4 = change(moved(state, k3, days), rates, people);
  const mean = (n: 0 | 1 | 2 | 3): number => (k1[n] + 2 * k2[n] + 2 * k3[n] + k4[n]) / 6;
  return moved(state, [mean(0), mean(1), mean(2), mean(3)], days);
}

/**
 * Infectious people on each day, the first day included.
 *
 * @param rates per day
 * @param setting `people` in all, `infectious` on the first day, number of `days`
 */
export function simulate(rates: Rates, setting: { people: number; infectious: number; days: number }): number[] {
  const stepsPerDay = 10;
  const infectious: number[] = [];
  let state: State = [setting.people - setting.infectious, 0, setting.infectious, 0];
  for (let day = 0; day < setting.days; day++) {
    infectious.push(state[2]);
    for (let step = 0; step < stepsPerDay; step++) state = rk4(state, rates, 1 / stepsPerDay);
  }
  return infectious;
}

/** Root of the mean squared difference, in people. */
export function rmse(model: readonly number[], counts: readonly number[]): number {
  const sum = model.reduce((total, value, day) => total + (value - counts[day]) ** 2, 0);
  return Math.sqrt(sum / counts.length);
}
