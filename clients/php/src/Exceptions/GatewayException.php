<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Exceptions;

/**
 * The gateway has refused a call, which has changed nothing then. Each reason has a class of its own below this one; a
 * reason that this version of the client does not know has this class.
 */
class GatewayException extends ClientException
{
    /**
     * @param string $reason the stable name of the reason, such as `result_not_found`
     * @param float|null $retryAfter seconds after which the gateway asks to call again
     */
    final public function __construct(
        string $message,
        int $code = 0,
        public readonly string $reason = '',
        string $requestId = '',
        public readonly ?float $retryAfter = null,
    ) {
        parent::__construct($message, $code, $requestId);
    }
}
