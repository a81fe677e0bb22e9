"""All errors that the gateway raises on purpose; handlers/errors.py turns them into answers.

`reason` is a stable slug that callers may act on; `message` is for people. Any other exception is
a bug in the gateway, and callers learn nothing about it.
"""

from enum import StrEnum
from typing import ClassVar


class GatewayError(Exception):
    """A refusal or a fault with a stable name. `data` holds facts that an answer may contain."""

    reason: ClassVar[str] = "internal"
    default_message: ClassVar[str] = "Something went wrong."

    def __init__(self, message: str | None = None, **data: object) -> None:
        self.message = message or self.default_message
        self.data = data
        super().__init__(self.message)


class StorageError(GatewayError):
    """The database refused or failed in a way that is not the caller's fault."""


class StorageUnavailableError(StorageError):
    """The database can't be reached or has no primary. The same call may succeed later."""

    reason = "storage_unavailable"
    default_message = "The storage is unavailable. Try again later."


class BusyError(GatewayError):
    """This node has no capacity for more of such work now. The same call will succeed later."""

    reason = "busy"
    default_message = "Too many documents are being made just now. Try again in a moment."


class CountingFailedError(GatewayError):
    """A process that counted results has ended before its time."""

    reason = "counting_failed"
    default_message = (
        "A process that counted results was ended from outside, maybe for want of memory."
    )


class RenderingError(GatewayError):
    """A document can't be made. Operators see the message; callers get an internal error."""

    reason = "rendering_failed"

    def __init__(self, product: str, why: str) -> None:
        super().__init__(f"No {product} could be made: {why}")


class RefusalError(GatewayError):
    """The gateway refuses the call because of what was asked, and has changed nothing."""


class PriceInvalidError(RefusalError):
    """A price that its currency can't have, or a currency that is not in use."""

    reason = "price_invalid"


class LogoInvalidError(RefusalError):
    """A file that can't be a provider's logo."""

    reason = "logo_invalid"


class AmountTooLargeError(RefusalError):
    """A sum of money has more digits than amounts may have: it is refused rather than rounded."""

    reason = "amount_too_large"
    default_message = "The total has too many digits to be exact. Ask for a shorter period."


class RateLimitedError(RefusalError):
    """The caller made too many calls; the next may be made after `retry_after_s` seconds."""

    reason = "rate_limited"
    default_message = "Too many requests. Try again later."

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class IdempotencyKeyInUseError(RefusalError):
    """The first call with this key has not been answered yet."""

    reason = "idempotency_key_in_use"
    default_message = "The first call with this idempotency key is still running."


class IdempotencyKeyReusedError(RefusalError):
    """The key was sent with another call in the last 24 hours."""

    reason = "idempotency_key_reused"
    default_message = "This idempotency key was used for another call."


class PortalClosedError(RefusalError):
    """The gateway has no callback key, so no caller can prove that it is the portal."""

    reason = "portal_closed"
    default_message = "The portal API is closed: this gateway has no callback key."


class CredentialsInvalidError(RefusalError):
    """The login is unknown or locked, or the PIN is wrong; the caller does not learn which."""

    reason = "credentials_invalid"
    default_message = "The login or the PIN is wrong, or the login is locked."


class LoginTakenError(RefusalError):
    """The login belongs to another person."""

    reason = "login_taken"
    default_message = "The login belongs to another person."


class PersonNotFoundError(RefusalError):
    """The portal has never named this person to the gateway."""

    reason = "person_not_found"
    default_message = "User not found."


class ClientNotFoundError(RefusalError):
    """No enabled provider has this key."""

    reason = "client_not_found"
    default_message = "Client not found with the provided token."


class ProviderNotFoundError(RefusalError):
    """No enabled provider has this slug."""

    reason = "provider_not_found"
    default_message = "Provider not found."


class ProviderExistsError(RefusalError):
    """Another provider has this slug."""

    reason = "provider_exists"
    default_message = "A provider with this slug exists already."


class ProviderChangedError(RefusalError):
    """Somebody else has changed the same fields of a provider meanwhile."""

    reason = "provider_changed"
    default_message = "Somebody else has changed this provider meanwhile."


class KeyNotFoundError(RefusalError):
    """The provider has no such key, or it has ended already."""

    reason = "key_not_found"
    default_message = "The provider has no such key, or it has ended already."


class OriginNotAllowedError(RefusalError):
    """The page's origin is not on the provider's list."""

    reason = "origin_not_allowed"
    default_message = "The provider does not allow this origin."


class UserNotNamedError(RefusalError):
    """A call that is for a user names none, neither by its id nor by its key."""

    reason = "user_not_named"
    default_message = "The call names no user."


class UsersDifferError(RefusalError):
    """A call names its user by an id and by a key, and these belong to different users."""

    reason = "users_differ"
    default_message = "The id and the key belong to different users."


class CallerUnknownError(RefusalError):
    """A result can be read only by its provider, and the call does not say who calls."""

    reason = "caller_unknown"
    default_message = "Only the provider of this result may read it."


class CursorInvalidError(RefusalError):
    """A page of a list is asked for with a cursor that no page has ended with."""

    reason = "cursor_invalid"
    default_message = "No page has ended with this cursor."


class UserNotFoundError(RefusalError):
    """The provider has no user with this key."""

    reason = "user_not_found"
    default_message = "User not found with the provided key."


class DeliveryNotFoundError(RefusalError):
    """The provider has no delivery of a webhook with this id."""

    reason = "delivery_not_found"
    default_message = "Delivery not found."


class WebhookOffError(RefusalError):
    """The provider has no webhook."""

    reason = "webhook_off"
    default_message = "The provider has no webhook."


class WebhookUrlInvalidError(RefusalError):
    """The gateway can't call this URL; the message says why."""

    reason = "parameter_invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"The webhook's URL can't be called: {why}")


class TestNotFoundError(RefusalError):
    """No test has this slug (or this version)."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    reason = "test_not_found"
    default_message = "Test not found."


class WidgetVersionNotFoundError(RefusalError):
    """No gateway has had this version of the widget lately, or that version has no such script."""

    reason = "widget_version_not_found"

    def __init__(self, version: str) -> None:
        super().__init__(
            f"There is no version {version} of the widget here. The address and the hash of the "
            "version that this gateway has: `widget-gateway widget snippet`, or the console."
        )


class WidgetNotJoinedError(GatewayError):
    """The widget's modules could not be joined into one script, which the log tells."""

    reason = "widget_not_joined"
    default_message = "The widget's modules can't be joined into one script: see the log."


class TestNotAllowedError(RefusalError):
    """The provider's test policy forbids the test."""

    reason = "test_not_allowed"
    default_message = "The provider has no access to this test."


class ResultNotFoundError(RefusalError):
    """No result of this provider has this key. Results of other providers are refused alike."""

    reason = "result_not_found"
    default_message = "Result not found with the provided key."


class ResultNotAttachedError(RefusalError):
    """The result belongs to no user yet, so nobody may read it."""

    reason = "result_not_attached"
    default_message = "The result is not attached to a user."


class ResultAttachedToAnotherUserError(RefusalError):
    """The result belongs to another user, which nothing can change."""

    reason = "result_attached_to_another_user"
    default_message = "The result is already attached to another user."


class AccessLimitReachedError(RefusalError):
    """A prepaid provider has issued all its accesses."""

    reason = "access_limit_reached"
    default_message = "The access limit is reached."


class ResultLimitReachedError(RefusalError):
    """The user's access holds as many results as the test policy allows."""

    reason = "result_limit_reached"
    default_message = "The limit of saved results per user is reached."


class ProgressInvalidError(RefusalError):
    """No result can be made of this list of answers; the message names the faulty question."""

    reason = "progress_invalid"


class AttemptNotFoundError(RefusalError):
    """The provider has no such attempt, or it has expired. The wire calls an attempt a session."""

    reason = "session_not_found"
    default_message = "Session not found."


class SignInNotFoundError(RefusalError):
    """The person has no such sign-in, or it has ended. The wire calls a sign-in a session."""

    reason = "session_not_found"
    default_message = "Session not found."


class LockNotFoundError(RefusalError):
    """Nothing is locked, or the lock has ended meanwhile."""

    reason = "lock_not_found"
    default_message = "Nothing is locked here, or not any more."


class PinBurnedError(RefusalError):
    """The lock of a login can't be ended, since too many PINs were tried at it."""

    reason = "pin_burned"
    default_message = "Too many PINs were tried; only a new PIN from the portal helps."


class AttemptSupersededError(RefusalError):
    """A newer connection has opened the attempt (docs/protocol/widget-channel.md)."""

    reason = "session_superseded"
    default_message = "The session was opened by a newer connection."


class TokenInvalidError(RefusalError):
    """A token is wrong, used or expired, or its attempt or sign-in has ended."""

    reason = "token_invalid"
    default_message = "The token is not valid, is spent or has expired."


class ConnectionExpiredError(RefusalError):
    """A connection over plain HTTP was opened too long ago to be carried on."""

    reason = "not_open"
    default_message = "The connection has expired. Open the session again."


class QuestionUnknownError(RefusalError):
    """The test has no question with this id."""

    reason = "question_unknown"
    default_message = "The test has no such question."


class QuestionLockedError(RefusalError):
    """The question comes after the pause of an attempt that is not paid for."""

    reason = "question_locked"
    default_message = "The question is locked until the payment is confirmed."


class AnswerInvalidError(RefusalError):
    """The question does not allow this value."""

    reason = "answer_invalid"
    default_message = "The answer does not fit the question."


class AnswersIncompleteError(RefusalError):
    """Some questions have no answer; a result needs one to each, and a skip is an answer."""

    reason = "answers_incomplete"
    default_message = "Some questions have no answer yet."


class PaymentRequiredError(RefusalError):
    """The attempt can't be finished before the payment is confirmed."""

    reason = "payment_required"
    default_message = "The payment is not confirmed yet."


class CredentialsWrongError(RefusalError):
    """No user of QUA has this name and password; the caller does not learn which is wrong."""

    reason = "credentials_wrong"
    default_message = "Unable to login with provided credentials."


class NotSignedInError(RefusalError):
    """QUA's token is absent, expired or not signed by this gateway, or its user was removed."""

    reason = "not_signed_in"
    default_message = "Authentication credentials were not provided."


class NotAuthorError(RefusalError):
    """Another user wrote what the caller wants to change, and the caller is not an editor."""

    reason = "not_author"
    default_message = "Only its author and editors may change this."


class NotEditorError(RefusalError):
    """The call is for editors only."""

    reason = "not_editor"
    default_message = "Only editors may do this."


class QuaQuestionNotFoundError(RefusalError):
    """No question has this number, or it is archived."""

    reason = "question_not_found"
    default_message = "Question not found."


class QuaQuestionChangedError(RefusalError):
    """Somebody else has changed the question since the caller has read it."""

    reason = "question_changed"
    default_message = "The question was changed meanwhile. Look at it anew."


class QuaVersionNotFoundError(RefusalError):
    """The question has no version of this number, or it is no longer kept."""

    reason = "version_not_found"
    default_message = "Version not found."


class SynonymsNotFoundError(RefusalError):
    """No group of synonyms has this number."""

    reason = "synonyms_not_found"
    default_message = "Synonyms not found."


class TooManySynonymsError(RefusalError):
    """There are as many groups of synonyms as may be."""

    reason = "too_many_synonyms"
    default_message = "There are too many groups of synonyms. Remove one first."


class ResourceNotFoundError(RefusalError):
    """No external resource has this number."""

    reason = "external_resource_not_found"
    default_message = "External resource not found."


class PageUnreadableError(RefusalError):
    """The page of an external resource can't be fetched, or has no text."""

    reason = "page_unreadable"

    def __init__(self, why: str) -> None:
        super().__init__(f"The page can't be read: {why}. Its text may be given as content.")


class ClickForgedError(RefusalError):
    """The link was not made by a search of this gateway."""

    reason = "click_forged"
    default_message = "This link is none of our search results."


class QuaUserNotFoundError(RefusalError):
    """QUA has no user with this name."""

    reason = "user_not_found"
    default_message = "User not found."


class QuaUserExistsError(RefusalError):
    """Another user has this name."""

    reason = "user_exists"
    default_message = "A user with this name exists already."


class QuaCredentialsUnfitError(RefusalError):
    """No user of QUA can have this name or this password; the message says which, and why."""

    reason = "parameter_invalid"


class AccountNotFoundError(RefusalError):
    """There is no such account of the console."""

    reason = "account_not_found"
    default_message = "There is no such account."


class AccountExistsError(RefusalError):
    """Another account of the console has this login."""

    reason = "account_exists"
    default_message = "An account with this login exists already."


class AccountUnfitError(RefusalError):
    """No account can have this login, or this role with this provider; the message says why."""

    reason = "account_unfit"


class PasswordUnfitError(RefusalError):
    """A password that accounts of the console can't have; the message says why.

    `why` is "length", "login" or "common".
    """

    reason = "password_unfit"

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message, why=why)
        self.why = why


class LastAdminError(RefusalError):
    """Without this account nobody could administer the console."""

    reason = "last_admin"
    default_message = "This is the last admin who can sign in."


class LastFactorError(RefusalError):
    """The account's role needs a second factor, and this is the only one."""

    reason = "last_factor"
    default_message = "The account's role needs a second factor. Add another one first."


class FactorNotFoundError(RefusalError):
    """The account has no such second factor."""

    reason = "factor_not_found"
    default_message = "There is no such second factor."


class InvitationInvalidError(RefusalError):
    """The link of an invitation is unknown, used, replaced or too old."""

    reason = "invitation_invalid"
    default_message = "This link does not work any more. Ask for a new one."


class CodeWrongError(RefusalError):
    """The second factor was not shown: the code is wrong, or was used before."""

    reason = "code_wrong"
    default_message = "The code is wrong, or was used already."


class LimitRequestVoidError(RefusalError):
    """A new limit can't be confirmed by this admin, or no longer."""

    reason = "limit_request_void"
    default_message = (
        "This request does not wait any more, or you have made it yourself, or the limit has "
        "changed since."
    )


class DefinitionError(RefusalError):
    """A test definition has faults; `problems` lists all of them, as text for people."""

    reason = "definition_invalid"

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class NoDefinitionError(DefinitionError):
    """A file holds something else than a test definition, such as a list beside a definition."""


class UploadFault(StrEnum):
    """Why files that somebody uploads are refused. The value names the text that says so."""

    EMPTY = "empty"
    NAME = "name"
    TWICE = "twice"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    ARCHIVE = "archive"


class UploadInvalidError(RefusalError):
    """Uploaded files can't be taken. `about` is the name of the file, or what is wrong with it."""

    reason = "upload_invalid"

    def __init__(self, fault: UploadFault, about: str) -> None:
        self.fault = fault
        self.about = about
        super().__init__(f"The upload is refused ({fault}): {about}")


class DraftNotFoundError(RefusalError):
    """There is no such draft of a test, or it has expired."""

    reason = "draft_not_found"
    default_message = "There is no such draft, or it has expired."


class DraftChangedError(RefusalError):
    """Somebody else has changed the draft meanwhile."""

    reason = "draft_changed"
    default_message = "The draft was changed meanwhile. Look at it anew."


class TestChangedError(RefusalError):
    """Another version of the test was published meanwhile; `current` is its number, if any."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    reason = "test_changed"

    def __init__(self, current: int | None) -> None:
        self.current = current
        told = "no version" if current is None else f"version {current}"
        super().__init__(f"Now {told} of the test is published. Look at it before you publish.")


class PreviewNotFoundError(RefusalError):
    """There is no such preview, it has ended, or it is another account's."""

    reason = "preview_not_found"
    default_message = "There is no such preview, or it has ended."


class ScalesDifferError(RefusalError):
    """Scores of versions that count differently shall become one norm."""

    reason = "scales_differ"


class TooFewResultsError(RefusalError):
    """There are fewer results than a statistic needs."""

    reason = "too_few_results"


class SettingsError(RefusalError):
    """A setting is missing or wrong. The message names it and never echoes its value."""

    reason = "settings_invalid"


class DataDirectoryError(SettingsError):
    """The data directory is missing, or belongs to somebody else, or can't be written."""

    reason = "data_directory"


class MachineError(GatewayError):
    """The machine refused what a command needs: a file, a port, room on the disk."""

    reason = "machine"
