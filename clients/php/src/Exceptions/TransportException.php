<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Exceptions;

/**
 * No answer has come in any try: the network failed, or it took too long. The call may have happened or not. Made again
 * with the same `idempotency_key`, it happens once in either case.
 */
final class TransportException extends ClientException
{
    /** @param string|null $idempotencyKey of the call; null if the call only reads */
    public function __construct(
        string $message,
        string $requestId = '',
        public readonly ?string $idempotencyKey = null,
    ) {
        parent::__construct($message, 0, $requestId);
    }
}
