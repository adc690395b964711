/** One line of what the doctor found. */
export interface Check {
  readonly name: string;
  readonly finding: string;
  readonly ok: boolean;
}

export function fine(name: string, finding: string): Check {
  return { name, finding, ok: true };
}

export function problem(name: string, finding: string): Check {
  return { name, finding, ok: false };
}
