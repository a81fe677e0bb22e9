<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Exceptions;

/** A webhook is not from the gateway, is too old, or was changed on its way. Answer 400 and do nothing. */
final class WebhookException extends ClientException
{
}
