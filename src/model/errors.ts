/** Whether doing the same again can help. */
export type Permanence = 'permanent' | 'retryable';

/** Every code an error of ours can carry, with whether repeating the same call can help. */
export const ERROR_CODES = {
  // configuration
  plant_invalid: 'permanent',
  plant_unreadable: 'permanent',
  option_invalid: 'permanent',
  directory_unusable: 'permanent',
  directory_in_use: 'permanent',
  data_of_other_plant: 'permanent',
  port_in_use: 'permanent',
  secret_unreadable: 'permanent',
  restart_needed: 'permanent',
  // adapters
  connection_refused: 'retryable',
  connection_lost: 'retryable',
  connection_timeout: 'retryable',
  request_timeout: 'retryable',
  answer_invalid: 'retryable',
  authentication_failed: 'retryable',
  certificate_refused: 'retryable',
  subscription_refused: 'retryable',
  device_fault: 'retryable',
  adapter_failed: 'retryable',
  // store
  database_unreachable: 'retryable',
  database_newer: 'permanent',
  database_rights: 'permanent',
  database_in_use: 'permanent',
  database_broken: 'permanent',
  database_edition: 'permanent',
  transaction_lost: 'retryable',
  // log
  log_full: 'retryable',
  log_corrupt: 'permanent',
  log_closed: 'permanent',
  // rules
  rule_failed: 'permanent',
  expression_invalid: 'permanent',
  // api
  not_found: 'permanent',
  unauthorized: 'permanent',
  forbidden: 'permanent',
  csrf_token_wrong: 'permanent',
  body_invalid: 'permanent',
  body_too_large: 'permanent',
  nothing_accepted: 'permanent',
  capture_refused: 'permanent',
  range_too_large: 'permanent',
  conflict: 'permanent',
  idempotency_key_in_use: 'retryable',
  idempotency_key_reused: 'permanent',
  rate_limited: 'retryable',
  blocked_address: 'permanent',
  unavailable: 'retryable',
} as const satisfies Record<string, Permanence>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What every error of ours has: a code from one table, and the cause where there is one. */
abstract class MillwrightError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }

  /** True when the same call may succeed later. */
  get isRetryable(): boolean {
    return ERROR_CODES[this.code] === 'retryable';
  }
}

/** The plant file, an option, a variable or a folder is wrong: a person must change it. */
export class ConfigError extends MillwrightError {}

/** A device, broker or server cannot be reached or answers wrongly. */
export class AdapterError extends MillwrightError {}

/** The database or the readings log refuses. */
export class StoreError extends MillwrightError {}

/** A rule or an expression cannot be compiled or evaluated. */
export class RuleError extends MillwrightError {}

/** A request cannot be served as asked; carries the HTTP status it is answered with. */
export class ApiError extends MillwrightError {
  readonly status: number;
  /** When it is worth another try, where that is known. */
  readonly retryAfterS: number | undefined;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    options?: ErrorOptions & { readonly retryAfterS?: number | undefined },
  ) {
    super(code, message, options);
    this.status = status;
    this.retryAfterS = options?.retryAfterS;
  }
}

/** True for every error class of this file. */
export function isOurs(error: unknown): error is MillwrightError {
  return error instanceof MillwrightError;
}
