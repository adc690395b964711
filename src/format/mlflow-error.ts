import { StemmaError } from "../error.ts";

/** MLflow's error codes that we answer with, and their HTTP status (mlflow/exceptions.py, ERROR_CODE_TO_HTTP_STATUS). */
const statuses = {
  BAD_REQUEST: 400,
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_DOES_NOT_EXIST: 404,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 413,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;

export type MlflowErrorCode = keyof typeof statuses;

/** A failed request in MLflow's words: its error code, and the HTTP status that goes with it. */
export class MlflowError extends StemmaError {
  readonly status: number;

  constructor(code: MlflowErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(code, message, options);
    this.status = statuses[code];
  }
}

/** "Missing value for required parameter 'run_id'." */
export function missingValue(path: string): MlflowError {
  return new MlflowError("INVALID_PARAMETER_VALUE", `Missing value for required parameter '${path}'.`);
}

/** "Invalid value 1.5 for parameter 'step' supplied: want a whole number." */
export function invalidValue(path: string, value: unknown, want: string): MlflowError {
  const shown = typeof value === "number" && !Number.isFinite(value) ? String(value) : JSON.stringify(value);
  const text = shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
  return new MlflowError("INVALID_PARAMETER_VALUE", `Invalid value ${text} for parameter '${path}' supplied: ${want}`);
}
