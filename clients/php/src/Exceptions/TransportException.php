<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Exceptions;

/**
 * No answer has come in any try: the network failed, or it took too long. The call may have happened. Make it again
 * later; if it writes, with an `idempotency_key` of your own both times.
 */
final class TransportException extends ClientException
{
}
