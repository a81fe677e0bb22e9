// Printed by `python -m clients.generator`: change the gateway's declarations instead.

import { GatewayError } from "./errors.js";

/** The access limit is reached. (status 403) */
export class AccessLimitReached extends GatewayError {}

/** The total has too many digits to be exact. Ask for a shorter period. (status 422) */
export class AmountTooLarge extends GatewayError {}

/** The request can't be understood. (status 400) */
export class BadRequest extends GatewayError {}

/** The request is larger than 1 MiB. (status 413) */
export class BodyTooLarge extends GatewayError {}

/** Too many documents are being made just now. Try again in a moment. (status 503) */
export class Busy extends GatewayError {}

/** Client not found with the provided token. (status 404) */
export class ClientNotFound extends GatewayError {}

/** Delivery not found. (status 404) */
export class DeliveryNotFound extends GatewayError {}

/** The headers are larger than 64 KiB. (status 431) */
export class HeadersTooLarge extends GatewayError {}

/** A call with this Idempotency-Key is running. Try again in a moment. (status 409) */
export class IdempotencyKeyInUse extends GatewayError {}

/** This Idempotency-Key was used for another call. (status 422) */
export class IdempotencyKeyReused extends GatewayError {}

/** Something went wrong on our side. (status 500) */
export class Internal extends GatewayError {}

/** This address does not answer to this method. (status 405) */
export class MethodNotAllowed extends GatewayError {}

/** Invalid "limit": it is a whole number from 1 to 1000. (status 400) */
export class ParameterInvalid extends GatewayError {}

/** The required "test" parameter is missing. (status 400) */
export class ParameterMissing extends GatewayError {}

/** Question "7" is missing. (status 422) */
export class ProgressInvalid extends GatewayError {}

/** Too many requests. Try again later. (status 429) */
export class RateLimited extends GatewayError {}

/** The result is already attached to another user. (status 409) */
export class ResultAttachedToAnotherUser extends GatewayError {}

/** The limit of saved results per user is reached. (status 403) */
export class ResultLimitReached extends GatewayError {}

/** The result is not attached to a user. (status 403) */
export class ResultNotAttached extends GatewayError {}

/** Result not found with the provided key. (status 404) */
export class ResultNotFound extends GatewayError {}

/** Session not found. (status 404) */
export class SessionNotFound extends GatewayError {}

/** The storage is unavailable. Try again later. (status 503) */
export class StorageUnavailable extends GatewayError {}

/** The provider has no access to this test. (status 403) */
export class TestNotAllowed extends GatewayError {}

/** Test not found. (status 404) */
export class TestNotFound extends GatewayError {}

/** User not found with the provided key. (status 404) */
export class UserNotFound extends GatewayError {}

/** The class of each reason. @type {ReadonlyMap<string, typeof GatewayError>} */
export const ERRORS = new Map([
  ["access_limit_reached", AccessLimitReached],
  ["amount_too_large", AmountTooLarge],
  ["bad_request", BadRequest],
  ["body_too_large", BodyTooLarge],
  ["busy", Busy],
  ["client_not_found", ClientNotFound],
  ["delivery_not_found", DeliveryNotFound],
  ["headers_too_large", HeadersTooLarge],
  ["idempotency_key_in_use", IdempotencyKeyInUse],
  ["idempotency_key_reused", IdempotencyKeyReused],
  ["internal", Internal],
  ["method_not_allowed", MethodNotAllowed],
  ["parameter_invalid", ParameterInvalid],
  ["parameter_missing", ParameterMissing],
  ["progress_invalid", ProgressInvalid],
  ["rate_limited", RateLimited],
  ["result_attached_to_another_user", ResultAttachedToAnotherUser],
  ["result_limit_reached", ResultLimitReached],
  ["result_not_attached", ResultNotAttached],
  ["result_not_found", ResultNotFound],
  ["session_not_found", SessionNotFound],
  ["storage_unavailable", StorageUnavailable],
  ["test_not_allowed", TestNotAllowed],
  ["test_not_found", TestNotFound],
  ["user_not_found", UserNotFound],
]);
