<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Exceptions;

/**
 * An answer has come that is none of the gateway's: no JSON, of another shape, too long, or a redirect. The address is
 * wrong, or something stands between.
 */
final class AnswerException extends ClientException
{
}
